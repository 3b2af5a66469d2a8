/**
 * Conditions as functions of an entry: the reference meaning of a query, what is done where no column or index helps, and what listeners ask.
 *
 * A condition becomes a small decision program: each step tests one leaf and names the step to go on with when the answer is yes or no, as
 * short-circuit evaluation is compiled (Aho, Lam, Sethi and Ullman, "Compilers", 6.6). It runs in one loop, so no nesting is too deep.
 */
import { attributeReader } from '../../data/attribute.ts';
import type { AttributeCondition, Condition, EntryCondition } from './condition.ts';

export type EntryTest = (key: unknown, value: unknown) => boolean;

/** Where a program ends. */
const ACCEPT = -1;
const REJECT = -2;
/** Stands for the step emitted last. */
const NEXT = -3;

interface Branch {
  readonly condition: Condition;
  readonly yes: number;
  readonly no: number;
}

/** Compiles a condition: the result tells whether an entry satisfies it. Cost of compiling and of a call: linear in the leaves. */
export function conditionTest(condition: Condition): EntryTest {
  if (condition.kind === 'attribute' || condition.kind === 'entry') return leafTest(condition);
  if (condition.kind === 'constant') return () => condition.value;
  const { tests, yes, no, start } = assemble(condition);
  return (key, value) => {
    let at = start;
    do at = (tests[at]!(key, value) ? yes : no)[at]!;
    while (at >= 0);
    return at === ACCEPT;
  };
}

function leafTest(condition: AttributeCondition | EntryCondition): EntryTest {
  if (condition.kind === 'entry') return condition.test;
  const { set } = condition;
  const read = attributeReader(condition.attribute);
  return (key, value) => set.has(read(key, value));
}

/** Emits the steps last first, so that whatever a step goes on to is there already. */
function assemble(root: Condition): {
  readonly tests: EntryTest[];
  readonly yes: Int32Array;
  readonly no: Int32Array;
  readonly start: number;
} {
  const tests: EntryTest[] = [];
  const targets: { yes: number; no: number }[] = [];
  const work: Branch[] = [{ condition: root, yes: ACCEPT, no: REJECT }];
  for (let branch = work.pop(); branch !== undefined; branch = work.pop()) {
    const { condition } = branch;
    const last = tests.length - 1;
    const yes = branch.yes === NEXT ? last : branch.yes;
    const no = branch.no === NEXT ? last : branch.no;
    if (condition.kind === 'all' || condition.kind === 'any') {
      const { terms } = condition;
      for (const [i, term] of terms.entries()) {
        // The last term decides for the whole; of the others only one answer does, after the other one the next term is asked.
        if (i === terms.length - 1) work.push({ condition: term, yes, no });
        else work.push(condition.kind === 'all' ? { condition: term, yes: NEXT, no } : { condition: term, yes, no: NEXT });
      }
    } else {
      tests.push(conditionTest(condition));
      targets.push({ yes, no });
    }
  }
  return { tests, yes: Int32Array.from(targets, ({ yes }) => yes), no: Int32Array.from(targets, ({ no }) => no), start: tests.length - 1 };
}
