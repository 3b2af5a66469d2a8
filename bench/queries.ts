/** The nine queries of the benchmark in every dialect an engine needs. Q8 is the point look-up, see `cases/points.ts`. */
import type { Employee } from './employees.ts';

export interface BenchQuery {
  readonly name: string;
  /** SQL as Cobnut reads it; `flatSql` for engines whose rows have no nesting. */
  readonly sql: string;
  readonly flatSql: string;
  readonly orderBy: 'salary' | 'hired';
  readonly test: (row: Employee) => boolean;
  /** Lokijs's filter objects. */
  readonly mongo: object;
}

function query(name: string, sql: string, orderBy: 'salary' | 'hired', test: (row: Employee) => boolean, mongo: object): BenchQuery {
  return { name, sql, flatSql: sql.replaceAll('address.country', 'country'), orderBy, test, mongo };
}

export const QUERIES: readonly BenchQuery[] = [
  query('Q1', 'active AND age < 30', 'salary', (row) => row.active && row.age < 30, { $and: [{ active: true }, { age: { $lt: 30 } }] }),
  query('Q2', 'salary BETWEEN 60000 AND 61000', 'hired', (row) => row.salary >= 60_000 && row.salary <= 61_000, {
    salary: { $between: [60_000, 61_000] },
  }),
  query('Q3', `name = 'Joe'`, 'salary', (row) => row.name === 'Joe', { name: 'Joe' }),
  query('Q4', `name LIKE 'Jo%'`, 'salary', (row) => row.name.startsWith('Jo'), { name: { $between: ['Jo', 'Jo\uffff'] } }),
  query(
    'Q5',
    'age IN (20, 30, 40) AND salary BETWEEN 50000 AND 80000',
    'hired',
    (row) => (row.age === 20 || row.age === 30 || row.age === 40) && row.salary >= 50_000 && row.salary <= 80_000,
    { $and: [{ age: { $in: [20, 30, 40] } }, { salary: { $between: [50_000, 80_000] } }] },
  ),
  query(
    'Q6',
    'active AND (salary >= 140000 OR NOT (age BETWEEN 20 AND 60))',
    'salary',
    (row) => row.active && (row.salary >= 140_000 || !(row.age >= 20 && row.age <= 60)),
    { $and: [{ active: true }, { $or: [{ salary: { $gte: 140_000 } }, { age: { $lt: 20 } }, { age: { $gt: 60 } }] }] },
  ),
  query('Q7', `dept = 'D7' AND city = 'C99' AND age >= 50`, 'salary', (row) => row.dept === 'D7' && row.city === 'C99' && row.age >= 50, {
    $and: [{ city: 'C99' }, { dept: 'D7' }, { age: { $gte: 50 } }],
  }),
  query('Q9', `address.country = 'NO' AND salary != 50000`, 'hired', (row) => row.address.country === 'NO' && row.salary !== 50_000, {
    $and: [{ 'address.country': 'NO' }, { salary: { $ne: 50_000 } }],
  }),
];

/** Attributes every engine indexes: ordered where ranges are asked. */
export const INDEXED: readonly { readonly attribute: string; readonly ordered: boolean }[] = [
  { attribute: 'name', ordered: true },
  { attribute: 'age', ordered: true },
  { attribute: 'active', ordered: false },
  { attribute: 'salary', ordered: true },
  { attribute: 'dept', ordered: false },
  { attribute: 'city', ordered: false },
];

export const FIRST = 50;
