/** What the demo asks: the manual's predicates, each as SQL text and as criteria, with the same WHERE for PostgreSQL. */
import type { Predicate } from '../api/predicate.ts';
import { PredicateBuilder } from '../query/predicates/predicates.ts';
import type { Employee } from './demo-table.ts';

export interface Question {
  readonly sql: string;
  readonly criteria: Predicate<Employee>;
  /** The WHERE clause; differs from `sql` only where the manual's spelling is not PostgreSQL's. */
  readonly where: string;
}

const e = new PredicateBuilder<Employee>().getEntryObject();

export const QUESTIONS: readonly Question[] = [
  {
    sql: 'active AND age < 30',
    criteria: e.is('active').and(e.get('age').lessThan(30)),
    where: 'active AND age < 30',
  },
  {
    sql: `active=false OR age = 45 OR name = 'Joe'`,
    criteria: e.isNot('active').or(e.get('age').equal(45)).or(e.get('name').equal('Joe')),
    where: `active=false OR age = 45 OR name = 'Joe'`,
  },
  {
    sql: 'active AND (age >20 OR salary < 60000)',
    criteria: e.is('active').and(e.get('age').greaterThan(20).or(e.get('salary').lessThan(60_000))),
    where: 'active AND (age >20 OR salary < 60000)',
  },
  {
    sql: 'name ="Joe"',
    criteria: e.get('name').equal('Joe'),
    where: `name = 'Joe'`,
  },
  {
    sql: 'salary BETWEEN 60000 AND 60500',
    criteria: e.get('salary').between(60_000, 60_500),
    where: 'salary BETWEEN 60000 AND 60500',
  },
  {
    sql: `name LIKE 'Jo%'`,
    criteria: e.get('name').like('Jo%'),
    where: `name LIKE 'Jo%'`,
  },
  {
    sql: `name LIKE 'J_s%'`,
    criteria: e.get('name').like('J_s%'),
    where: `name LIKE 'J_s%'`,
  },
  {
    sql: 'age IN (20, 30, 40) AND salary BETWEEN (50000, 80000)',
    criteria: e.get('age').in(20, 30, 40).and(e.get('salary').between(50_000, 80_000)),
    where: 'age IN (20, 30, 40) AND salary BETWEEN 50000 AND 80000',
  },
  {
    sql: 'active AND (salary >= 50000 OR (age NOT BETWEEN 20 AND 30))',
    criteria: e.is('active').and(e.get('salary').greaterEqual(50_000).or(e.get('age').between(20, 30).not())),
    where: 'active AND (salary >= 50000 OR (age NOT BETWEEN 20 AND 30))',
  },
  {
    sql: `dept = 'Legal' AND city = 'Oslo' AND hired >= '2020-01-01'`,
    criteria: e.get('dept').equal('Legal').and(e.get('city').equal('Oslo')).and(e.get('hired').greaterEqual('2020-01-01')),
    where: `dept = 'Legal' AND city = 'Oslo' AND hired >= '2020-01-01'`,
  },
];
