/** Listeners and events: predicates and their parameters, what each event has, values left out. */
import type { EntryEvent, EntryListening } from '../../lib/api/entry-event.ts';
import { Predicates } from '../../lib/query/predicates/predicates.ts';
import { type Equal, expectType } from '../kit/types.ts';
import { type Badge, type Employee, badges, employees } from './employee.ts';

// ---- one function, told apart by `type`
void employees.addEntryListener((event) => {
  expectType<Equal<typeof event, EntryEvent<string, Employee>>>();
  expectType<Equal<typeof event.mapName, string>>();
  if (event.type === 'added') expectType<Equal<typeof event.value, Employee>>();
  if (event.type === 'removed') expectType<Equal<typeof event.oldValue, Employee>>();
  if (event.type === 'cleared') expectType<Equal<typeof event.count, number>>();
  else expectType<Equal<typeof event.key, string>>();
});

// ---- methods
void employees.addEntryListener({
  added: ({ key, value }) => expectType<Equal<[typeof key, typeof value], [string, Employee]>>(),
  updated: ({ value, oldValue }) => expectType<Equal<[typeof value, typeof oldValue], [Employee, Employee]>>(),
  loaded: async ({ oldValue }) => expectType<Equal<typeof oldValue, Employee | undefined>>(),
});
expectType<Equal<Awaited<ReturnType<typeof employees.addEntryListener>>, EntryListening>>();

// ---- values left out
void employees.addEntryListener({ updated: ({ value }) => expectType<Equal<typeof value, undefined>>() }, { includeValue: false });
void employees.addEntryListener({ updated: ({ value }) => expectType<Equal<typeof value, Employee>>() }, { includeValue: true });

// ---- predicates, as in queries
void employees.addEntryListener(() => 0, { predicate: 'active AND age < 30' });
void employees.addEntryListener(() => 0, { predicate: 'age < ? AND name LIKE ?', parameters: [30, 'J%'] });
void employees.addEntryListener(() => 0, { predicate: 'age < :limit', parameters: [{ limit: 30 }] });
void employees.addEntryListener(() => 0, { predicate: (entry) => entry.get('age').lessThan(30) });
void employees.addEntryListener(() => 0, { predicate: Predicates.sql('age < 30'), key: 'joe', naturalEventTypes: true });
// @ts-expect-error there is no attribute 'agee'
void employees.addEntryListener(() => 0, { predicate: 'agee < 30' });
// @ts-expect-error a number, not text
void employees.addEntryListener(() => 0, { predicate: 'age < ?', parameters: ['x'] });
// @ts-expect-error the key is text
void employees.addEntryListener(() => 0, { key: 5 });
// @ts-expect-error there is no such event
void employees.addEntryListener({ entryAdded: () => 0 });

// ---- one by one
async function consume(): Promise<void> {
  for await (const event of badges.events({
    types: ['added', 'removed'],
    predicate: '__key.site = ?',
    parameters: ['rome'],
    capacity: 10,
  })) {
    expectType<Equal<typeof event, EntryEvent<Badge, Employee>>>();
  }
  // @ts-expect-error there is no such type
  badges.events({ types: ['gone'] });
}
void consume;
