/** How arguments and answers of verbs travel from member to member: as plain data, which `structuredClone` takes. */
import { handedToWire, storedFromWire, storedToWire, userFromWire, userToWire } from '../data/codec.ts';
import type { ValueForm } from '../data/value.ts';
import type { Expiry } from '../partition/record-store.ts';

/** Of a map that keeps its values in `form`. */
export interface Wire<T> {
  to(value: T, form: ValueForm): unknown;
  from(wire: unknown, form: ValueForm): T;
}

/** A value as users have it; `undefined` stays. */
export const userWire: Wire<unknown> = { to: userToWire, from: userFromWire };

/** A value that the map has handed out; `undefined` stays. */
export const handedWire: Wire<unknown> = { to: (value, form) => handedToWire(form, value), from: userFromWire };

/** The same by position, `undefined` where there is none. */
export const handedListWire: Wire<readonly unknown[]> = {
  to: (values, form) => values.map((value) => handedToWire(form, value)),
  from: (wire) => (wire as unknown[]).map(userFromWire),
};

interface Entering {
  readonly stored: unknown;
  readonly expiry: Expiry | undefined;
}

/** A value on its way into memory. */
export const newValueWire: Wire<Entering> = {
  to: ({ stored, expiry }, form) => (expiry === undefined ? [storedToWire(form, stored)] : [storedToWire(form, stored), expiry]),
  from(wire, form) {
    const [stored, expiry] = wire as [unknown, Expiry?];
    return { stored: storedFromWire(form, stored), expiry };
  },
};

/** Values in one list, expiries (rare) in another: half the arrays of a list of pairs. */
export const newValuesWire: Wire<readonly Entering[]> = {
  to(values, form) {
    const stored = values.map((value) => storedToWire(form, value.stored));
    return values.some(({ expiry }) => expiry !== undefined) ? [stored, values.map(({ expiry }) => expiry)] : [stored];
  },
  from(wire, form) {
    const [stored, expiries] = wire as [unknown[], (Expiry | undefined)[]?];
    return stored.map((one, i) => ({ stored: storedFromWire(form, one), expiry: expiries?.[i] }));
  },
};

/** What belongs to keys by their positions: that of some of them. */
export function ofSome<T>(all: readonly T[], positions: readonly number[]): readonly T[] {
  return positions.map((position) => all[position]!);
}

/** The reverse. */
export function placed<T>(
  parts: readonly { readonly positions: readonly number[]; readonly answer: readonly T[] }[],
  count: number,
): readonly T[] {
  const all = Array.from<T>({ length: count });
  for (const { positions, answer } of parts) for (const [i, position] of positions.entries()) all[position] = answer[i]!;
  return all;
}
