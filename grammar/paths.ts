/**
 * Types of attribute paths, such as `address.city`, `limbs[0].name`, `tags[any]` and `` `odd name` ``.
 *
 * Three questions, three types. {@link ValueAt} answers "what is at this path?" and costs a few steps per segment; {@link Entry}
 * answers it for one plain name and costs one look-up; {@link PathOf} lists every path, and is worth its cost only where an editor must offer
 * them or where a result is keyed by them.
 */

/** A value that a predicate can compare; a path ends here. */
export type Scalar = string | number | bigint | boolean | Date | null | undefined;

/** What {@link ValueAt} yields when there is no such attribute. */
export interface Missing {
  readonly missing: true;
}

/** Words of the language that a name must be quoted to be (in any case): `` `order`.`like` ``. */
export type ReservedWord =
  | 'AND'
  | 'OR'
  | 'NOT'
  | 'IN'
  | 'LIKE'
  | 'ILIKE'
  | 'REGEX'
  | 'BETWEEN'
  | 'IS'
  | 'NULL'
  | 'TRUE'
  | 'FALSE'
  | 'ESCAPE'
  | 'DISTINCT'
  | 'FROM';

/** What has no attributes of its own: a scalar, a function, and a list, whose elements are reached by `[n]` and `[any]`. */
type Opaque = Scalar | readonly unknown[] | AnyFunction;
type AnyFunction = ((...args: never) => unknown) | (abstract new (...args: never) => unknown);

// ---- one name ------------------------------------------------------------------------------------

/**
 * An entry's attributes by name: those of the value that need no quotes, `this` and `__key`. Methods are left out; the attributes of a
 * union are those of all its members. What is not in this table {@link AttributeAt} may still find: quoted names, and any name at all
 * where the value's type has an index signature. (No key is renamed here: `keyof` of a mapped type with `as` is computed at each use.)
 */
export type Entry<V, K> = {
  readonly [N in (string extends NameIn<V> ? never : PlainIn<V, NameIn<V>>) | 'this' | '__key']: N extends 'this'
    ? V
    : N extends '__key'
      ? K
      : ValueIn<V, N>;
};

type NameIn<V> = V extends Opaque ? never : keyof V & string;
type ValueIn<V, N> = V extends Opaque ? undefined : N extends keyof V ? V[N] : undefined;
type PlainIn<V, N extends string> =
  N extends Spelt<N> ? (unknown extends ValueIn<V, N> ? N : NonNullable<ValueIn<V, N>> extends AnyFunction ? never : N) : never;

/** A name as it is written in a path. */
type Spelt<N extends string> = N extends OddName ? `\`${N}\`` : Uppercase<N> extends ReservedWord ? `\`${N}\`` : N;

/** What no name holds unless it is quoted; a hint for ASCII names, the parser's token decides. */
type OddName = '' | `${Digit}${string}` | `${string}${OddCharacter}${string}`;
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
// prettier-ignore
type OddCharacter =
  | ' ' | '\t' | '\n' | '\r' | '.' | ',' | ':' | ';' | '?' | '!' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '=' | '+' | '-' | '*'
  | '/' | '\\' | '%' | '&' | '|' | '^' | '~' | '@' | '#' | "'" | '"' | '`';

// ---- what is at a path -----------------------------------------------------------------------------

/**
 * Type of the attribute at `Path` in `V`, or {@link Missing}. A step that may be absent adds `undefined`. `[n]` and `[any]` give the
 * type of an element.
 */
export type ValueAt<V, Path extends string> = Follow<V, `.${Path}`>;

/** Type at a path that may also begin with `this` (the value itself) or `__key` (the key, of type `K`). */
export type AttributeAt<V, K, Path extends string> = Path extends 'this' | '__key' | `${'this' | '__key'}${'.' | '['}${string}`
  ? ValueAt<{ this: V; __key: K }, Path>
  : ValueAt<V, Path>;

/** Takes the steps of `Path` from a value of type `A`; `Gap` is `undefined` once a step may have been absent. */
type Follow<A, Path extends string, Gap = never> = unknown extends A
  ? A
  : Path extends ''
    ? A | Gap
    : Path extends `.\`${infer Name}\`${infer Rest}`
      ? Step<Property<NonNullable<A>, Name>, Rest, Gap | Extract<A, null | undefined>>
      : Path extends `.${infer More}`
        ? FirstName<More> extends infer Name extends string
          ? More extends `${Name}${infer Rest}`
            ? Step<Property<NonNullable<A>, Name>, Rest, Gap | Extract<A, null | undefined>>
            : Missing
          : never
        : Path extends `[${infer Index}]${infer Rest}`
          ? Step<Element<NonNullable<A>, Index>, Rest, Gap | Extract<A, null | undefined>>
          : Missing;

type Step<A, Path extends string, Gap> = unknown extends A
  ? A
  : [A] extends [Missing]
    ? Missing
    : Follow<Exclude<A, Missing>, Path, [Gap] extends [never] ? (Missing extends A ? undefined : never) : undefined>;

type FirstName<Path extends string> = Path extends `${infer Head}.${string}`
  ? Head extends `${infer Name}[${string}`
    ? Name
    : Head
  : Path extends `${infer Name}[${string}`
    ? Name
    : Path;

/** Own property `Name` of a value of type `V`; {@link Missing} for those members of a union that lack it, and for methods. */
type Property<V, Name extends string> = V extends Opaque
  ? Missing
  : Name extends keyof V
    ? unknown extends V[Name]
      ? V[Name]
      : NonNullable<V[Name]> extends AnyFunction
        ? Missing
        : V[Name]
    : Missing;

/** `any` in any case, or a whole number; a sign would make it no path. */
type ElementIndex = 'any' | 'ANY' | 'Any' | (`${Digit}${string}` & `${bigint}`);

type Element<V, Index extends string> = V extends readonly unknown[]
  ? Index extends ElementIndex
    ? Index extends keyof V
      ? V[Index]
      : V[number]
    : Missing
  : Missing;

// ---- all paths -------------------------------------------------------------------------------------

/**
 * Every attribute path of `V` whose value may be a `Leaf` (left out: any value), at most four names long; any text when the shape of
 * `V` is not known.
 */
export type PathOf<V, Leaf = unknown> = unknown extends V ? string : PathIn<V, Leaf, []>;

/** Every path of an entry: those of the value, `this`, `__key`, and those of the key. */
export type EntryPath<V, K = unknown, Leaf = unknown> =
  | PathOf<V, Leaf>
  | At<V, 'this', Leaf>
  | At<K, '__key', Leaf>
  | `__key.${PathIn<K, Leaf, []>}`;

type PathIn<V, Leaf, Depth extends 0[]> = Depth['length'] extends 4
  ? never
  : V extends Opaque
    ? never
    : { [N in keyof V & string]: PathFrom<V[N], Spelt<N>, Leaf, Depth> }[keyof V & string];

/** The paths that begin with `Path`, where a value of type `A` is found. */
type PathFrom<A, Path extends string, Leaf, Depth extends 0[]> = unknown extends A
  ? Path
  : NonNullable<A> extends AnyFunction
    ? never
    : At<A, Path, Leaf> | PathBelow<NonNullable<A>, Path, Leaf, Depth>;

/** `Path` if a value of type `A` may be a `Leaf`. */
type At<A, Path extends string, Leaf> = unknown extends A | Leaf ? Path : Extract<A, Leaf> extends never ? never : Path;

type PathBelow<A, Path extends string, Leaf, Depth extends 0[]> = A extends readonly (infer Item)[]
  ? Depth['length'] extends 3
    ? never
    : PathFrom<Item, `${Path}[any]` | `${Path}[${number}]`, Leaf, [...Depth, 0]>
  : `${Path}.${PathIn<A, Leaf, [...Depth, 0]>}`;
