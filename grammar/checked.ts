/**
 * A checker for SQL predicates that runs inside the TypeScript compiler.
 *
 * It reads the literal left to right and never builds a tree: it only has to know what may come next and the type of the attribute at
 * hand. It judges the language of `grammar/sql-parser.ts`, where the EBNF stands; `test/types` holds both to one table of cases.
 *
 * Every state is one type, tail-recursive, with the rest of the text `S`, the entry `E` (attributes by name), one "(" in `Open` per open
 * parenthesis and the parameters `P` so far. The outcome is `P` when all is well, a sentence (a text) when it is not, and
 * {@link Unfinished} when the last word may still be growing in an editor.
 *
 * Cost is what limits such a checker (instantiations, pinned by `test/types/cost.test.ts`). So each state first tries the usual spelling,
 * words apart by one space, in one match and without taking the token apart; only then it asks {@link Next}, which knows all spellings.
 * The compiler takes a thousand steps and then gives up (TS2589): some 250 conditions, or a thousand elements of one IN. Longer texts, and
 * all that is not a literal, are given as `string`, which passes unchecked: the run-time parser judges it.
 */
import type { Add, Against, Before, Comparable, Family, IsMissing, LookUp, Named, Noun, OrderedFamily, Widened } from './checked-values.ts';
import type { Complete, Unfinished, Unknown } from './checked-completion.ts';
import type { KindOf, Next, Numeral } from './checked-words.ts';
import type { Entry, Scalar } from './paths.ts';

/** Accepts `S` itself when it is a valid predicate over values `V` and keys `K`; otherwise a type whose text says why not. */
export type Checked<S extends string, V, K = unknown> =
  Unchecked<S, V> extends true
    ? S
    : Outcome<S, V, K> extends infer O
      ? O extends unknown[] | Named<unknown>
        ? S
        : O extends Unfinished<infer T>
          ? NoInfer<Complete<S, T, V, K>>
          : NoInfer<O>
      : never;

/**
 * Types of the values to bind: those of the `?` in order, or one object when the parameters have names; none when there are none, or
 * when `S` is wrong. Any scalars when `S` is no literal.
 */
export type ParametersOf<S extends string, V, K = unknown> =
  Unchecked<S, V> extends true
    ? Scalar[] | [Readonly<Record<string, Scalar>>]
    : Outcome<S, V, K> extends infer O
      ? O extends unknown[]
        ? O
        : O extends Named<infer N>
          ? [parameters: { readonly [Name in keyof N]: N[Name] }]
          : []
      : never;

/** A text that is not a literal, or values of unknown type: nothing to check against. */
type Unchecked<S extends string, V> = string extends S ? true : unknown extends V ? true : false;

/** The space at the end spares every state the question whether a word is the last one. */
type Outcome<S extends string, V, K> = Start<`${S} `, Entry<V, K>, '', []>;

// ---- conditions ------------------------------------------------------------------------------------

/** At the start of a condition. */
type Start<S extends string, E, Open extends string, P> = S extends `${infer T} ${infer R}`
  ? T extends keyof E
    ? Test<E[T], T, R, E, Open, P>
    : T extends `(${infer T2}`
      ? Start<`${T2} ${R}`, E, `${Open}(`, P>
      : StartAnyhow<Next<S>, E, Open, P>
  : StartAnyhow<Next<S>, E, Open, P>;

type StartAnyhow<N, E, Open extends string, P> = N extends [infer T extends string, infer R extends string]
  ? KindOf<T> extends 'name'
    ? LookUp<E, T> extends infer A
      ? IsMissing<A> extends true
        ? Unknown<T, R>
        : Test<A, T, R, E, Open, P>
      : never
    : T extends '('
      ? Start<R, E, `${Open}(`, P>
      : Uppercase<T> extends 'NOT'
        ? Start<R, E, Open, P>
        : KindOf<T> extends 'symbol'
          ? T extends ''
            ? Unfinished<''>
            : `sql: expected an attribute ${Before<T>}`
          : Reversed<T, Next<R>, E, Open, P>
  : never;

/** After an attribute `Name` of type `A`. */
type Test<A, Name extends string, S extends string, E, Open extends string, P> = S extends `${infer T} ${infer R}`
  ? T extends Equality
    ? Right<A, Name, R, E, Open, P>
    : T extends Order
      ? Family<A> extends OrderedFamily
        ? Right<Widened<A>, Name, R, E, Open, P>
        : TestAnyhow<A, Name, Next<S>, S, E, Open, P>
      : T extends 'AND' | 'OR'
        ? Family<A> extends 'boolean'
          ? Start<R, E, Open, P>
          : TestAnyhow<A, Name, Next<S>, S, E, Open, P>
        : TestAnyhow<A, Name, Next<S>, S, E, Open, P>
  : TestAnyhow<A, Name, Next<S>, S, E, Open, P>;

type TestAnyhow<A, Name extends string, N, S extends string, E, Open extends string, P> = N extends [
  infer T extends string,
  infer R extends string,
]
  ? Uppercase<T> extends infer U
    ? U extends Equality
      ? Right<A, Name, R, E, Open, P>
      : U extends Order
        ? Extract<Family<A>, OrderedFamily> extends never
          ? `sql: '${Name}' is ${Noun<A>}, which has no order; '${T}' cannot compare it`
          : Right<Widened<A>, Name, R, E, Open, P>
        : U extends 'IS'
          ? Is<A, Name, Next<R>, E, Open, P>
          : U extends 'NOT'
            ? Next<R> extends [infer T2 extends string, infer R2 extends string]
              ? Keyword<A, Name, Uppercase<T2>, R2, E, Open, P>
              : never
            : U extends Keywords
              ? Keyword<A, Name, U, R, E, Open, P>
              : 'boolean' extends Family<A>
                ? Joint<S, E, Open, P>
                : `sql: '${Name}' is ${Noun<A>}, so it needs a comparison`
    : never
  : never;

type Equality = '=' | '==' | '!=' | '<>';
type Order = '<' | '<=' | '>' | '>=';
type Keywords = 'BETWEEN' | 'IN' | 'LIKE' | 'ILIKE' | 'REGEX';

/** After the keyword `U` of a test that NOT may precede. */
type Keyword<A, Name extends string, U extends string, S extends string, E, Open extends string, P> = U extends 'BETWEEN'
  ? Extract<Family<A>, OrderedFamily> extends never
    ? `sql: '${Name}' is ${Noun<A>}, which has no order; BETWEEN cannot compare it`
    : Next<S> extends [infer T, infer R extends string]
      ? T extends '('
        ? Low<Widened<A>, Name, R, ',', E, Open, P>
        : Low<Widened<A>, Name, S, 'AND', E, Open, P>
      : never
  : U extends 'IN'
    ? Next<S> extends ['(', infer R extends string]
      ? List<A, Name, R, E, Open, P>
      : `sql: expected '(' after IN`
    : U extends 'LIKE' | 'ILIKE' | 'REGEX'
      ? 'text' extends Family<A>
        ? Pattern<U, Next<S>, E, Open, P>
        : `sql: ${U} needs text, but '${Name}' is ${Noun<A>}`
      : `sql: expected BETWEEN, LIKE or IN after NOT`;

/** After a whole condition. */
type Joint<S extends string, E, Open extends string, P> = S extends `${infer T} ${infer R}`
  ? T extends 'AND' | 'OR'
    ? Start<R, E, Open, P>
    : JointAnyhow<Next<S>, E, Open, P>
  : JointAnyhow<Next<S>, E, Open, P>;

type JointAnyhow<N, E, Open extends string, P> = N extends [infer T extends string, infer R extends string]
  ? T extends ''
    ? Open extends ''
      ? P
      : `sql: missing ')'`
    : T extends ')'
      ? Open extends `(${infer Fewer}`
        ? Joint<R, E, Fewer, P>
        : `sql: one ')' too many`
      : Uppercase<T> extends 'AND' | 'OR'
        ? Start<R, E, Open, P>
        : `sql: expected AND or OR ${Before<T>}`
  : never;

// ---- what follows an attribute -----------------------------------------------------------------------

/** On the right of a comparison with the attribute `Name` of type `A`. */
type Right<A, Name extends string, S extends string, E, Open extends string, P> = S extends `${infer T} ${infer R}`
  ? T extends Numeral
    ? Family<A> extends 'number'
      ? Joint<R, E, Open, P>
      : RightAnyhow<A, Name, Next<S>, E, Open, P>
    : T extends `'${infer Text}'`
      ? IsText<A, Text> extends true
        ? Joint<R, E, Open, P>
        : RightAnyhow<A, Name, Next<S>, E, Open, P>
      : T extends `${infer T2 extends Numeral | `'${string}'`})`
        ? Right<A, Name, `${T2} ) ${R}`, E, Open, P>
        : RightAnyhow<A, Name, Next<S>, E, Open, P>
  : RightAnyhow<A, Name, Next<S>, E, Open, P>;

/** Whether what stands between two quotes is one whole text that fits; if not, it has to be looked at closely. */
type IsText<A, Text extends string> = Text extends `${string}'${string}` ? false : string extends A ? true : Text extends A ? true : false;

type RightAnyhow<A, Name extends string, N, E, Open extends string, P> = N extends [infer T extends string, infer R extends string]
  ? KindOf<T> extends infer Kind
    ? Kind extends 'name'
      ? LookUp<E, T> extends infer B
        ? IsMissing<B> extends true
          ? Unknown<T, R>
          : Then<Comparable<A, Name, B, T>, R, E, Open, P>
        : never
      : Kind extends 'null'
        ? `sql: write '${Name} IS NULL' instead of a comparison with NULL`
        : Last<A, Name, T, R, E, Open, P>
    : never
  : never;

/** With `T`, the one value that ends a test. */
type Last<A, Name extends string, T extends string, S extends string, E, Open extends string, P> =
  Against<A, Name, T> extends infer Verdict
    ? Verdict extends 'ok'
      ? Then<'ok', S, E, Open, T extends '?' | `:${string}` ? Add<P, T, A> : P>
      : Verdict
    : never;

/** Goes on after a condition unless its `Verdict`, or the outcome of adding its parameters, is a sentence. */
type Then<Verdict, S extends string, E, Open extends string, P> = Verdict extends 'ok'
  ? P extends string
    ? P
    : Joint<S, E, Open, P>
  : Verdict;

/** After IS. */
type Is<A, Name extends string, N, E, Open extends string, P, Negated = false> = N extends [infer T extends string, infer R extends string]
  ? Uppercase<T> extends infer U
    ? U extends 'NULL'
      ? Joint<R, E, Open, P>
      : U extends 'TRUE' | 'FALSE'
        ? 'boolean' extends Family<A>
          ? Joint<R, E, Open, P>
          : `sql: '${Name}' is ${Noun<A>}, not a boolean`
        : U extends 'DISTINCT'
          ? Next<R> extends [infer T2 extends string, infer R2 extends string]
            ? Uppercase<T2> extends 'FROM'
              ? Next<R2> extends [infer T3 extends string, infer R3 extends string]
                ? Last<A | null, Name, T3, R3, E, Open, P>
                : never
              : `sql: expected FROM after IS DISTINCT`
            : never
          : U extends 'NOT'
            ? Negated extends false
              ? Is<A, Name, Next<R>, E, Open, P, true>
              : NotIs
            : NotIs
    : never
  : never;
type NotIs = 'sql: expected NULL, TRUE, FALSE or DISTINCT FROM after IS';

/** At the lower bound of BETWEEN; the two are parted by `Separator`, and in parentheses when that is a comma. */
type Low<A, Name extends string, S extends string, Separator extends ',' | 'AND', E, Open extends string, P> =
  Next<S> extends [infer T extends string, infer R extends string]
    ? Against<A, Name, T> extends infer Verdict
      ? Verdict extends 'ok'
        ? Next<R> extends [infer Mid extends string, infer R2 extends string]
          ? Uppercase<Mid> extends Separator
            ? High<A, Name, Next<R2>, Separator, E, Open, Add<P, T, A>>
            : `sql: expected '${Separator}' between the bounds of BETWEEN`
          : never
        : Verdict
      : never
    : never;

type High<A, Name extends string, N, Separator extends ',' | 'AND', E, Open extends string, P> = N extends [
  infer T extends string,
  infer R extends string,
]
  ? P extends string
    ? P
    : Separator extends ','
      ? Next<R> extends [')', infer R2 extends string]
        ? Last<A, Name, T, R2, E, Open, P>
        : `sql: expected ')' after BETWEEN (low, high`
      : Last<A, Name, T, R, E, Open, P>
  : never;

/** Inside the parentheses of IN. */
type List<A, Name extends string, S extends string, E, Open extends string, P> = S extends `${infer T}, ${infer R}`
  ? T extends Numeral
    ? Family<A> extends 'number'
      ? List<A, Name, R, E, Open, P>
      : ListAnyhow<A, Name, Next<S>, E, Open, P>
    : T extends `'${infer Text}'`
      ? IsText<A, Text> extends true
        ? List<A, Name, R, E, Open, P>
        : ListAnyhow<A, Name, Next<S>, E, Open, P>
      : ListAnyhow<A, Name, Next<S>, E, Open, P>
  : ListAnyhow<A, Name, Next<S>, E, Open, P>;

type ListAnyhow<A, Name extends string, N, E, Open extends string, P> = N extends [infer T extends string, infer R extends string]
  ? Against<A, Name, T> extends infer Verdict
    ? Verdict extends 'ok'
      ? Next<R> extends [infer D extends string, infer R2 extends string]
        ? Add<P, T, A> extends infer Q
          ? Q extends string
            ? Q
            : D extends ','
              ? List<A, Name, R2, E, Open, Q>
              : D extends ')'
                ? Joint<R2, E, Open, Q>
                : `sql: expected ',' or ')' in the list of IN`
          : never
        : never
      : Verdict
    : never
  : never;

/** After LIKE, ILIKE or REGEX: a text or a parameter, and perhaps an escape character. */
type Pattern<U extends string, N, E, Open extends string, P> = N extends [infer T extends string, infer R extends string]
  ? KindOf<T> extends 'text' | 'parameter'
    ? Next<R> extends [infer T2 extends string, infer R2 extends string]
      ? Uppercase<`${U} ${T2}`> extends 'LIKE ESCAPE' | 'ILIKE ESCAPE'
        ? Next<R2> extends [`'${string}`, infer R3 extends string]
          ? Then<'ok', R3, E, Open, Add<P, T, string>>
          : `sql: expected a character in quotes after ESCAPE`
        : Add<P, T, string> extends infer Q
          ? Q extends string
            ? Q
            : JointAnyhow<[T2, R2], E, Open, Q>
          : never
      : never
    : `sql: expected a pattern after ${U} ${Before<T>}`
  : never;

// ---- a value first -----------------------------------------------------------------------------------

/** After the value `T` at the start of a condition: a comparison, or nothing after TRUE and FALSE. */
type Reversed<T extends string, N, E, Open extends string, P> = N extends [infer T2 extends string, infer R extends string]
  ? T2 extends Equality | Order
    ? Mirrored<T, T2, Next<R>, E, Open, P>
    : KindOf<T> extends 'boolean'
      ? JointAnyhow<N, E, Open, P>
      : `sql: expected a comparison ${Before<T2>}`
  : never;

/** `value operator` and then `N`: as `N operator value`. */
type Mirrored<T extends string, Operator extends string, N, E, Open extends string, P> = N extends [
  infer Name extends string,
  infer R extends string,
]
  ? KindOf<Name> extends infer Kind
    ? Kind extends 'name'
      ? LookUp<E, Name> extends infer A
        ? IsMissing<A> extends true
          ? Unknown<Name, R>
          : KindOf<T> extends 'null'
            ? `sql: write '${Name} IS NULL' instead of a comparison with NULL`
            : Operator extends Equality
              ? Last<A, Name, T, R, E, Open, P>
              : Extract<Family<A>, OrderedFamily> extends never
                ? `sql: '${Name}' is ${Noun<A>}, which has no order; '${Operator}' cannot compare it`
                : Last<Widened<A>, Name, T, R, E, Open, P>
        : never
      : Kind extends 'symbol'
        ? `sql: expected an attribute or a value ${Before<Name>}`
        : Then<'ok', R, E, Open, Add<Add<P, T, unknown>, Name, unknown>>
    : never
  : never;
