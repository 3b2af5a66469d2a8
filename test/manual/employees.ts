/** The manual's employees: enough of them that every example has someone to find and someone to leave out. */

export interface Employee {
  readonly name: string;
  readonly age: number;
  readonly active: boolean;
  readonly salary: number;
}

const NAMES = ['Joe', 'Josh', 'Joseph', 'John', 'Ali', 'Avi', 'Mehmet', 'joe', 'Jo', 'Bo'];

/** 400 employees by id: ages 18-67, salaries 20,000-99,500. */
export const EMPLOYEES: ReadonlyMap<number, Employee> = new Map(
  Array.from({ length: 400 }, (_, id) => [
    id,
    { name: NAMES[id % NAMES.length]!, age: 18 + ((id * 7) % 50), active: id % 3 !== 0, salary: 20_000 + ((id * 37) % 160) * 500 },
  ]),
);

/** Ids of those a plain function chooses. */
export function idsOf(test: (employee: Employee) => boolean): number[] {
  return [...EMPLOYEES].filter(([, employee]) => test(employee)).map(([id]) => id);
}
