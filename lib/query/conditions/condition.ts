/** A predicate after normalisation: NOT at the leaves and gone, one value set per attribute and conjunction, ready to be planned. */
import type { Attribute } from '../../../grammar/ast.ts';
import type { ValueSet } from '../../data/value-set.ts';

/** All terms hold. Terms are never `all` themselves, at least two, at most one `attribute` term per attribute without `[any]`. */
export interface AllOf {
  readonly kind: 'all';
  readonly terms: readonly Condition[];
}
/** At least one term holds; as `all`, flattened. */
export interface AnyOf {
  readonly kind: 'any';
  readonly terms: readonly Condition[];
}
/** The attribute's value is in the set. */
export interface AttributeCondition {
  readonly kind: 'attribute';
  readonly attribute: Attribute;
  readonly set: ValueSet;
  /** Canonical SQL of the condition, for `explain`. */
  readonly text: string;
  /** Counts values for which the comparison was between different types (shown by `explain({ analyze: true })`). */
  readonly mismatched: (value: unknown) => boolean;
}
/** Anything that needs the entry itself: two attributes compared, `[any]` lists, `instanceOf`. Two-valued like the others. */
export interface EntryCondition {
  readonly kind: 'entry';
  readonly test: (key: unknown, value: unknown) => boolean;
  readonly text: string;
}
export interface ConstantCondition {
  readonly kind: 'constant';
  readonly value: boolean;
}
export type Condition = AllOf | AnyOf | AttributeCondition | EntryCondition | ConstantCondition;
