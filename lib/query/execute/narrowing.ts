/** Narrowing a list of slots down to those that pass, in their order and in place: what is done with the candidates of an index or a scan. */
import type { Bound, SlotTest } from '../plan/bound-condition.ts';
import { slotTest } from '../plan/slot-test.ts';

/** Keeps those of `slots[from..to)` that pass; returns the new end. */
export type Narrowing = (slots: Int32Array, from: number, to: number) => number;

/** Cost: one call per slot. */
export function narrowingBy(test: SlotTest): Narrowing {
  return (slots, from, to) => {
    let end = from;
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      slots[end] = slot;
      if (test(slot)) end++;
    }
    return end;
  };
}

/** By a condition, exactly. Good until a column's generation changes. */
export function narrowingFor(bound: Bound): Narrowing {
  const column = bound.kind === 'attribute' ? bound.test : undefined;
  if (column?.narrow === undefined || !column.exact) return narrowingBy(slotTest(bound));
  return (slots, from, to) => column.narrow?.(slots, from, to) ?? to;
}

/** By what is left of a condition for slots that its own column test has passed. */
export function verification(bound: Bound): Narrowing {
  return narrowingBy(bound.kind === 'attribute' ? bound.holds : slotTest(bound));
}
