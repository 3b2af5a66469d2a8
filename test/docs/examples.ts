/** What the examples of the docs take for granted, by page: code that is put before them, tables that are there. */

export interface Given {
  /** Statements for the database whose address stands in the page as `postgres://localhost/…`. */
  readonly sql?: string;
  /** Files that the example names. */
  readonly files?: Readonly<Record<string, string>>;
  /** Code before the example, at the level of the module. What the example declares itself hides it. */
  readonly code?: string;
  /** Examples, by their number in the page, that throw on purpose. */
  readonly throwing?: readonly number[];
  /** Those that go on after their module has been run, and close their instance at the end. */
  readonly closing?: readonly number[];
}

const EMPLOYEE = `
interface Employee { name: string; surname: string; age: number; active: boolean; salary: number; dept: string; city: string }
const joe: Employee = { name: 'Joe', surname: 'Smith', age: 33, active: true, salary: 52_000, dept: 'D7', city: 'Oslo' };
`;
const EMPLOYEES = `${EMPLOYEE}
const instance = newInstance();
const employees = await instance.getMap<number, Employee>('employees');
await employees.put(1, joe);
`;
const EMPLOYEE_TABLE = `
create table employee (id integer primary key, name text not null, surname text not null, age integer not null, active boolean not null,
  salary double precision not null, dept text not null, city text not null);
insert into employee values (7, 'Joe', 'Smith', 33, true, 52000, 'D7', 'Oslo');
`;
const SESSIONS = `
interface Session { user: string; cart: string[]; seen?: number }
const session: Session = { user: 'joe', cart: ['nut'] };
`;

/** Channels are those of the process: a log that an example leaves open would hear of what other tests do. */
const BRIEF_LOG = `
import { logTo as beginLog } from 'cobnut';
const logTo: typeof beginLog = (to) => {
  const end = beginLog(to);
  end();
  return end;
};
`;

export const GIVEN: Readonly<Record<string, Given>> = {
  'README.md': {
    sql: EMPLOYEE_TABLE,
    files: { 'cobnut.yaml': 'name: shop' },
    code: `import { loadConfig } from 'cobnut';
${BRIEF_LOG}${EMPLOYEE}${SESSIONS}
const quiet = (details: object, message: string): void => void [details, message];
const logger = { info: quiet, warn: quiet, error: quiet };
`,
    closing: [1],
  },
  'docs/adapters.md': {},
  'docs/configuration.md': { files: { 'cobnut.yaml': 'name: shop' } },
  'docs/console.md': {
    code: `
import { Readable, Writable } from 'node:stream';
const instance = newInstance();
const process = { stdin: Readable.from(['.count\\n']), stdout: new Writable({ write: (_chunk, _encoding, done) => done() }), stderr: new Writable() };
`,
  },
  'docs/following.md': { sql: EMPLOYEE_TABLE.replaceAll('employee ', 'employees '), code: EMPLOYEE },
  'docs/listeners.md': {
    code: `${EMPLOYEES}
const audit = (event: { readonly type: string }): Promise<void> => (void event, instance.close());
setImmediate(() => void employees.put(2, joe).catch(() => undefined));
`,
  },
  'docs/locks.md': {
    code: `
const map = await newInstance().getMap<string, { age: number }>('people');
await map.put('joe', { age: 32 });
`,
  },
  'docs/migrating-from-hazelcast.md': { code: `${EMPLOYEE}\ninterface Customer { name: string; surname: string }` },
  'docs/operation.md': {
    code: `
import { createServer } from 'node:http';
${BRIEF_LOG}const instance = newInstance();
const quiet = (details: object, message: string): void => void [details, message];
const logger = { info: quiet, warn: quiet, error: quiet };
`,
  },
  'docs/persistence.md': {
    code: `
const store = { load: () => undefined, store: () => undefined };
const instance = newInstance();
`,
    throwing: [2],
  },
  'docs/postgres.md': {
    sql: `create table orders (id integer primary key, customer_name text, total numeric, lines jsonb, created_at timestamptz default now());
      create table profile (id text primary key, email text, doc jsonb, age integer);`,
    code: `
interface Order { id: number; customer: string; total: string; lines: { product: string }[]; createdAt: Date }
interface Profile { email: string; age: number }
const connection = 'postgres://localhost/shop';
`,
  },
  'docs/push-down.md': {
    sql: `create table orders (id integer primary key, paid boolean, total double precision, tags jsonb);`,
    code: `
interface Order { id: number; paid: boolean; total: number; tags: string[] }
const implementation = new KnexMapStore<number, Order>({ connection: 'postgres://localhost/shop', table: 'orders', key: 'id' });
const instance = newInstance({ maps: { orders: { mapStore: { implementation } } } });
const orders = await instance.getMap<number, Order>('orders');
`,
  },
  'docs/values.md': {
    code: `
const orders = await newInstance().getMap<{ partitionKey: string; order: number }, { total: number }>('orders');
`,
  },
};
