/** Nodes of a predicate: one closed, frozen union on `kind`, whatever it was written in (SQL text or criteria). */

/** A value a predicate can compare with. Absent and NULL are both `null` here. */
export type Scalar = string | number | bigint | boolean | Date | null;

/** One step of an attribute path: `.name`, `[3]` or `[any]`. */
export type PathStep =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'any' };

/** An attribute of an entry. `text` is its canonical spelling and its identity (`address.city`, `__key`, `this`, `tags[any]`). */
export interface Attribute {
  readonly kind: 'attribute';
  /** Where the path starts: the entry's value (also for `this`) or its key (`__key`). */
  readonly root: 'value' | 'key';
  readonly steps: readonly PathStep[];
  readonly text: string;
}

export interface Literal {
  readonly kind: 'literal';
  readonly value: Scalar;
}

/** A bind parameter. `index` counts distinct parameters from 0 in order of appearance; `name` is undefined for `?`. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly index: number;
  readonly name: string | undefined;
}

/** What may stand where a value is expected. */
export type Value = Literal | Parameter;
export type Operand = Attribute | Value;
export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface And {
  readonly kind: 'and';
  readonly terms: readonly Predicate[];
}
export interface Or {
  readonly kind: 'or';
  readonly terms: readonly Predicate[];
}
export interface Not {
  readonly kind: 'not';
  readonly term: Predicate;
}
/** `left operator right`; at least one side is usually an attribute, but `1 = 1` and `a < b` are comparisons too. */
export interface Comparison {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Operand;
  readonly right: Operand;
}
export interface Between {
  readonly kind: 'between';
  readonly attribute: Attribute;
  readonly low: Value;
  readonly high: Value;
  readonly negated: boolean;
}
export interface In {
  readonly kind: 'in';
  readonly attribute: Attribute;
  readonly values: readonly Value[];
  readonly negated: boolean;
}
/** LIKE or ILIKE (`insensitive`). `escape` is one character, `''` for none; backslash when not written. */
export interface Like {
  readonly kind: 'like';
  readonly attribute: Attribute;
  readonly pattern: Value;
  readonly escape: string;
  readonly insensitive: boolean;
  readonly negated: boolean;
}
/** The whole text matches an RE2 regular expression. */
export interface Regex {
  readonly kind: 'regex';
  readonly attribute: Attribute;
  readonly pattern: Value;
  readonly negated: boolean;
}
export interface IsNull {
  readonly kind: 'is-null';
  readonly attribute: Attribute;
  readonly negated: boolean;
}
/** `a IS [NOT] DISTINCT FROM value`: a comparison for which NULL equals NULL; never unknown. */
export interface IsDistinct {
  readonly kind: 'is-distinct';
  readonly attribute: Attribute;
  readonly value: Value;
  readonly negated: boolean;
}
/** `a IS [NOT] TRUE|FALSE`: never unknown. */
export interface IsTruth {
  readonly kind: 'is-truth';
  readonly attribute: Attribute;
  readonly value: boolean;
  readonly negated: boolean;
}
/** A boolean attribute standing on its own. */
export interface Truth {
  readonly kind: 'truth';
  readonly attribute: Attribute;
}
/** `Predicates.alwaysTrue()`, `alwaysFalse()`. Printed as TRUE and FALSE, and the text form is accepted too. */
export interface Constant {
  readonly kind: 'constant';
  readonly value: boolean;
}
/** `Predicates.instanceOf(type)`: the entry's value is an instance of a class (or of a `typeof` name). Has no SQL text. */
export interface InstanceOf {
  readonly kind: 'instance-of';
  readonly type: (abstract new (...args: never) => unknown) | 'string' | 'number' | 'bigint' | 'boolean';
}

export type Predicate =
  | And
  | Or
  | Not
  | Comparison
  | Between
  | In
  | Like
  | Regex
  | IsNull
  | IsDistinct
  | IsTruth
  | Truth
  | Constant
  | InstanceOf;
