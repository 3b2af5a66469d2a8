/** A Date that can't be changed, so that one object can be kept and handed out to everybody. */

/**
 * Freezing alone does not stop a Date: its time is not a property. This subclass refuses every `set…` method instead.
 *
 * It is a Date in every other respect: `instanceof Date`, `JSON.stringify`, `structuredClone`, drivers and date libraries take it as one, and
 * its `constructor` reads `Date`, because that is what libraries that compare by structure look at.
 *
 * What it does not stop is a deliberate detour past the instance: `Date.prototype.setTime.call(date, 0)`. Nothing in the language does, short of
 * a copy for each read (use a registered class with `copy`, or the `binary` form, where that matters).
 */
export class FrozenDate extends Date {}

const MUTATORS = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));

for (const name of MUTATORS) {
  Object.defineProperty(FrozenDate.prototype, name, {
    value: function refuse(): never {
      throw new TypeError(`this Date is kept in a map and can't be changed (${name}): make a copy with new Date(date)`);
    },
  });
}
Object.defineProperty(FrozenDate.prototype, 'constructor', { value: Date });
Object.freeze(FrozenDate.prototype);

/** A frozen date of the same time; the date itself when it is one already. */
export function frozenDate(date: Date): FrozenDate {
  return Object.getPrototypeOf(date) === FrozenDate.prototype ? date : Object.freeze(new FrozenDate(date.getTime()));
}
