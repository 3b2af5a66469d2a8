/** A condition bound to one member: each attribute with its reader, the column that keeps it, and the indexes that could answer it. */
import type { Column, ColumnTest } from '../../columns/column.ts';
import { attributeReader } from '../../data/attribute.ts';
import type { ValueSet } from '../../data/value-set.ts';
import type { Index } from '../../indexes/index-contract.ts';
import type { AttributeCondition, Condition, EntryCondition } from '../conditions/condition.ts';
import { conditionTest } from '../conditions/condition-test.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { ENTRY_TEST_NS, SLOT_TEST_NS } from './cost.ts';
import { isPoints } from './points.ts';

export type SlotTest = (slot: number) => boolean;

/** What `Statistics` keeps with a term: estimated matches, and the source's `changes` when they were estimated (-1: never). */
interface Estimated {
  rows: number;
  rowsAt: number;
  /** Estimated cost of testing one slot. */
  readonly testNs: number;
}

/** An index and what it would answer: conditions on its leading attributes. */
export interface IndexUse {
  readonly index: Index;
  readonly terms: readonly BoundAttribute[];
  /** The terms' sets, as the index takes them. */
  readonly sets: readonly ValueSet[];
}

/** A condition on one attribute. */
export class BoundAttribute implements Estimated {
  readonly kind = 'attribute';
  readonly condition: AttributeCondition;
  readonly column: Column | undefined;
  /** Decides on the entry itself: slow, and always right. */
  readonly holds: SlotTest;
  /** Ways to answer this term alone by an index. */
  readonly uses: readonly IndexUse[];
  readonly testNs: number;
  rows = 0;
  rowsAt = -1;
  #test: ColumnTest | undefined;

  constructor(condition: AttributeCondition, source: EntrySource) {
    this.condition = condition;
    this.column = source.attributes.column(condition.attribute.text);
    this.testNs = this.column === undefined ? ENTRY_TEST_NS : SLOT_TEST_NS;
    this.holds = entryTest(condition, source);
    this.uses = source.attributes.indexes
      .filter((index) => index.definition.attributes[0] === condition.attribute.text)
      .map((index) => ({ index, terms: [this], sets: [condition.set] }));
  }

  /** The condition compiled for the column as it is now; undefined without a column. */
  get test(): ColumnTest | undefined {
    const { column } = this;
    if (column === undefined) return undefined;
    if (this.#test === undefined || this.#test.generation !== column.generation) this.#test = column.compile(this.condition.set);
    return this.#test;
  }
}

/** A condition that needs the entry. */
export class BoundEntry implements Estimated {
  readonly kind = 'entry';
  readonly condition: EntryCondition;
  readonly holds: SlotTest;
  readonly testNs: number = ENTRY_TEST_NS;
  rows = 0;
  rowsAt = -1;

  constructor(condition: EntryCondition, source: EntrySource) {
    this.condition = condition;
    const { test } = condition;
    this.holds = (slot) => test(source.keyAt(slot), source.storedAt(slot));
  }
}

/** All terms hold, or (`any`) at least one. */
export class BoundGroup implements Estimated {
  readonly kind: 'all' | 'any';
  readonly condition: Condition;
  readonly terms: readonly Bound[];
  /** For `all`: ways to answer some of its terms together by one index. */
  readonly uses: readonly IndexUse[];
  readonly testNs: number;
  rows = 0;
  rowsAt = -1;

  constructor(kind: 'all' | 'any', condition: Condition, terms: readonly Bound[], uses: readonly IndexUse[]) {
    this.kind = kind;
    this.condition = condition;
    this.terms = terms;
    this.uses = uses;
    this.testNs = groupTestNs(terms);
  }
}

/** Always or never. Only as the root: normalisation leaves no constants inside. */
export interface BoundConstant {
  readonly kind: 'constant';
  readonly value: boolean;
  readonly testNs: 0;
}

export type Bound = BoundAttribute | BoundEntry | BoundGroup | BoundConstant;

/** Groups nested deeper than this are decided on entries, by a program without recursion: nobody writes them, and none may overflow the stack. */
const NESTING_MAX = 64;

/** Binds a condition to the columns and indexes that are there now: good until `attributes.version` changes. */
export function bindCondition(condition: Condition, source: EntrySource, depth: number = 0): Bound {
  switch (condition.kind) {
    case 'constant':
      return { kind: 'constant', value: condition.value, testNs: 0 };
    case 'attribute':
      return new BoundAttribute(condition, source);
    case 'entry':
      return new BoundEntry(condition, source);
    default: {
      if (depth === NESTING_MAX) return new BoundEntry({ kind: 'entry', test: conditionTest(condition), text: '…' }, source);
      const terms = condition.terms.map((term) => bindCondition(term, source, depth + 1));
      return new BoundGroup(condition.kind, condition, terms, condition.kind === 'all' ? indexUses(terms, source) : []);
    }
  }
}

/** Every attribute term below (and including) the term, in no particular order. */
export function* boundAttributes(root: Bound): Generator<BoundAttribute> {
  const open: Bound[] = [root];
  for (let term = open.pop(); term !== undefined; term = open.pop()) {
    if (term.kind === 'attribute') yield term;
    else if (term.kind === 'all' || term.kind === 'any') for (const child of term.terms) open.push(child);
  }
}

/** An index serves a conjunction that restricts its first attribute, the next one too if that was a set of points, and so on. */
function indexUses(terms: readonly Bound[], source: EntrySource): IndexUse[] {
  const byAttribute = new Map<string, BoundAttribute>();
  for (const term of terms) if (term.kind === 'attribute') byAttribute.set(term.condition.attribute.text, term);
  const uses: IndexUse[] = [];
  for (const index of source.attributes.indexes) {
    const leading: BoundAttribute[] = [];
    for (const attribute of index.definition.attributes) {
      const term = byAttribute.get(attribute);
      if (term === undefined) break;
      leading.push(term);
      if (!isPoints(term.condition.set)) break;
    }
    if (leading.length > 0) uses.push({ index, terms: leading, sets: leading.map((term) => term.condition.set) });
  }
  return uses;
}

/** As if each term decided in half of the cases. */
function groupTestNs(terms: readonly Bound[]): number {
  let ns = 0;
  let share = 1;
  for (const term of terms) {
    ns += share * term.testNs;
    share = Math.max(share / 2, 1 / 64);
  }
  return ns;
}

function entryTest({ attribute, set }: AttributeCondition, source: EntrySource): SlotTest {
  const read = attributeReader(attribute);
  if (attribute.root === 'key') return (slot) => set.has(read(source.keyAt(slot), undefined));
  return (slot) => set.has(read(undefined, source.storedAt(slot)));
}
