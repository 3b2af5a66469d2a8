/** A bound condition as a function of the slot: for what is left to test when an index or a scan has narrowed the entries down. */
import type { Bound, SlotTest } from './bound-condition.ts';

/**
 * Whether the entry at a live slot satisfies the condition, exactly. Good until a column's generation changes. Asks columns where they are,
 * and entries where there is none or where the column only gives candidates; within a group, what is cheap is asked first.
 */
export function slotTest(bound: Bound): SlotTest {
  switch (bound.kind) {
    case 'constant':
      return bound.value ? () => true : () => false;
    case 'entry':
      return bound.holds;
    case 'attribute': {
      const { test: column, holds } = bound;
      if (column === undefined) return holds;
      const { test } = column;
      return column.exact ? test : (slot) => test(slot) && holds(slot);
    }
    default: {
      const tests: SlotTest[] = [];
      for (const term of [...bound.terms].sort((a, b) => a.testNs - b.testNs)) tests.push(slotTest(term));
      return bound.kind === 'all' ? allOf(tests) : anyOf(tests);
    }
  }
}

export function allOf(tests: readonly SlotTest[]): SlotTest {
  const [first, second, third] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (slot) => first(slot) && second(slot);
  return (slot) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!(slot)) return false;
    return true;
  };
}

function anyOf(tests: readonly SlotTest[]): SlotTest {
  const [first, second, third] = tests;
  if (first === undefined) return () => false;
  if (second === undefined) return first;
  if (third === undefined) return (slot) => first(slot) || second(slot);
  return (slot) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(slot)) return true;
    return false;
  };
}
