/** Conditions that need the entry itself: elements of a list, two attributes compared, `instanceOf`. */
import { NEGATED, holds } from '../../../grammar/comparison.ts';
import type { Attribute, Comparison, InstanceOf } from '../../../grammar/ast.ts';
import { print } from '../../../grammar/print.ts';
import { attributeReader, elementsReader, hasAny } from '../../data/attribute.ts';
import { compareValues, family } from '../../data/compare.ts';
import { type Leaf, bindLeaf, negatedLeaf, scalarOf, valuesOf } from '../sets/bind.ts';
import type { EntryCondition } from './condition.ts';
import { type AttributeLeaf, leafSet } from '../sets/leaf-sets.ts';

type EntryTest = (key: unknown, value: unknown) => boolean;

export class EntryTerm implements EntryCondition {
  readonly kind = 'entry';
  readonly test: EntryTest;
  /** What it was made of. */
  readonly leaf: Leaf;
  readonly negated: boolean;
  readonly parameters: readonly unknown[];

  constructor(test: EntryTest, leaf: Leaf, negated: boolean, parameters: readonly unknown[]) {
    this.test = test;
    this.leaf = leaf;
    this.negated = negated;
    this.parameters = parameters;
  }

  get text(): string {
    const bound = bindLeaf(this.leaf, this.parameters);
    return print(this.negated ? negatedLeaf(bound) : bound);
  }

  /** Equal for terms that mean the same; of terms without SQL text, only for the same one. */
  get identity(): unknown {
    if (this.leaf.kind === 'instance-of') return this.negated ? this : this.leaf.type;
    // A text, a date and a number may be printed alike and mean different things.
    const types = valuesOf(this.leaf).map((value) => typeof scalarOf(value, this.parameters));
    return `${this.text}\0${types.join()}`;
  }
}

/**
 * A leaf about `[any]` elements: true if it is true for one of them, false if it is false for all (also of an empty list). NOT, wherever it is written
 * (`NOT tags[any] = 'x'`, `tags[any] NOT IN ('x')`, `tags[any] IS NOT NULL`), negates the whole: it must be false for all.
 */
export function elementsTerm(leaf: AttributeLeaf, attribute: Attribute, negated: boolean, parameters: readonly unknown[]): EntryTerm {
  const set = leafSet(leaf, negated, parameters);
  const elements = elementsReader(attribute);
  const has = (element: unknown): boolean => set.has(element);
  const forAll = ('negated' in leaf && leaf.negated) !== negated;
  const test: EntryTest = forAll ? (key, value) => elements(key, value).every(has) : (key, value) => elements(key, value).some(has);
  return new EntryTerm(test, leaf, negated, parameters);
}

/** Two attributes compared: values of one family (numbers with bigints) by the total order, unknown for others. `[any]` as for values. */
export function attributesTerm(leaf: Comparison, left: Attribute, right: Attribute, negated: boolean): EntryTerm {
  const operator = negated ? NEGATED[leaf.operator] : leaf.operator;
  const related = (a: unknown, b: unknown): boolean => areComparable(a, b) && holds(operator, compareValues(a, b));
  if (!hasAny(left) && !hasAny(right)) {
    const [readLeft, readRight] = [attributeReader(left), attributeReader(right)];
    return new EntryTerm((key, value) => related(readLeft(key, value), readRight(key, value)), { ...leaf, operator }, false, []);
  }
  const [lefts, rights] = [elementsReader(left), elementsReader(right)];
  const test: EntryTest = negated
    ? (key, value) => lefts(key, value).every((a) => rights(key, value).every((b) => related(a, b)))
    : (key, value) => lefts(key, value).some((a) => rights(key, value).some((b) => related(a, b)));
  return new EntryTerm(test, leaf, negated, []);
}

/** The entry's value is of a class, or of a type named as `typeof` names it. Never unknown. */
export function instanceTerm(leaf: InstanceOf, negated: boolean): EntryTerm {
  const { type } = leaf;
  const test: EntryTest =
    typeof type === 'string' ? (_key, value) => (typeof value === type) !== negated : (_key, value) => value instanceof type !== negated;
  return new EntryTerm(test, leaf, negated, []);
}

function areComparable(a: unknown, b: unknown): boolean {
  const [kind, other] = [family(a), family(b)];
  if (kind === 'null' || kind === 'other') return false;
  return kind === other || (isNumeric(kind) && isNumeric(other));
}

function isNumeric(kind: string): boolean {
  return kind === 'number' || kind === 'bigint';
}
