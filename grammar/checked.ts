/**
 * A checker for SQL predicates that runs inside the TypeScript compiler.
 *
 * It reads the literal left to right, one token per step, and never builds a tree: it only has to
 * know what may come next and the type of the attribute at hand. Grammar (keywords in any case):
 *
 *     predicate  = condition (("AND" | "OR") condition)*
 *     condition  = "NOT" condition | "(" predicate ")" | attribute [test]
 *     test       = ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") value
 *                | ["NOT"] "BETWEEN" (value "AND" value | "(" value "," value ")")
 *                | ["NOT"] ("LIKE" | "ILIKE" | "REGEX") value
 *                | ["NOT"] "IN" "(" value ("," value)* ")"
 *     value      = number | 'text' | "text" | "TRUE" | "FALSE" | "NULL" | "?"
 *
 * A plain `string` (not a literal) passes unchecked: the run-time parser judges it.
 */
import type { Missing, PathOf, ValueAt } from './paths.ts';

/** Accepts `S` itself when it is a valid predicate over `V`; otherwise a type whose text says why not. */
export type Checked<S extends string, V> =
  Unchecked<S, V> extends true
    ? S
    : Predicate<S, V> extends infer Outcome
      ? Outcome extends unknown[]
        ? S
        : Outcome extends Unfinished<infer T>
          ? NoInfer<Complete<S, T, V>>
          : NoInfer<Outcome>
      : never;

/** Types of the `?` placeholders of `S`, in order; none when `S` is not a literal. */
export type ParametersOf<S extends string, V> =
  Unchecked<S, V> extends true ? unknown[] : Predicate<S, V> extends infer P extends unknown[] ? P : [];

/** A text that is not a literal, or values of type `any`: nothing to check against. */
type Unchecked<S extends string, V> = string extends S ? true : 0 extends 1 & V ? true : false;

// ---- what may come next ------------------------------------------------------------------------
// Every state is tail-recursive. `Open` is one "(" per open parenthesis, `P` the placeholders so far.
// The outcome is `P` (a tuple) when all is well, and a sentence (a string) when it is not.

/** At the start of a condition. */
type Predicate<S extends string, V, Open extends string = '', P extends unknown[] = []> =
  Next<S> extends [infer T extends string, infer R extends string]
    ? Uppercase<T> extends 'NOT'
      ? Predicate<R, V, Open, P>
      : T extends '('
        ? Predicate<R, V, `${Open}(`, P>
        : IsName<T> extends true
          ? ValueAt<V, T> extends infer A
            ? [A] extends [Missing]
              ? Unknown<T, R>
              : Test<A, T, R, V, Open, P>
            : never
          : T extends ''
            ? Unfinished<''>
            : `sql: expected an attribute before "${T}"`
    : never;

/** After an attribute `Name` of type `A`. */
type Test<A, Name extends string, S extends string, V, Open extends string, P extends unknown[], Negated = false> =
  Next<S> extends [infer T extends string, infer R extends string]
    ? Uppercase<T> extends infer K
      ? K extends '<' | '<=' | '>' | '>='
        ? Is<A, Ordered> extends true
          ? One<A, Name, R, V, Open, P>
          : `sql: '${Name}' is ${NameOf<A>}, which has no order; '${T}' cannot compare it`
        : K extends '=' | '==' | '!=' | '<>'
          ? One<A, Name, R, V, Open, P>
          : K extends 'NOT'
            ? Negated extends true
              ? `sql: 'NOT NOT' after '${Name}'`
              : Test<A, Name, R, V, Open, P, true>
            : K extends 'BETWEEN'
              ? Between<A, Name, R, V, Open, P>
              : K extends 'LIKE' | 'ILIKE' | 'REGEX'
                ? Is<A, string> extends true
                  ? One<string, Name, R, V, Open, P>
                  : `sql: ${K} needs text, but '${Name}' is ${NameOf<A>}`
                : K extends 'IN'
                  ? Next<R> extends ['(', infer R2 extends string]
                    ? List<A, Name, R2, V, Open, P>
                    : `sql: expected '(' after IN`
                  : Negated extends true
                    ? `sql: expected BETWEEN, LIKE or IN after NOT`
                    : Is<A, boolean> extends true
                      ? Joint<S, V, Open, P>
                      : `sql: '${Name}' is ${NameOf<A>}, so it needs a comparison`
      : never
    : never;

/** Before the one value that ends a test. */
type One<A, Name extends string, S extends string, V, Open extends string, P extends unknown[]> =
  Next<S> extends [infer T extends string, infer R extends string]
    ? Value<A, Name, T> extends infer E
      ? E extends 'ok'
        ? Joint<R, V, Open, T extends '?' ? [...P, Operand<A>] : P>
        : E
      : never
    : never;

/** After BETWEEN: `low AND high` or `(low, high)`. */
type Between<A, Name extends string, S extends string, V, Open extends string, P extends unknown[]> =
  Is<A, Ordered> extends true
    ? Next<S> extends [infer T extends string, infer R extends string]
      ? T extends '('
        ? Pair<A, Name, R, ',', V, Open, P>
        : Pair<A, Name, S, 'AND', V, Open, P>
      : never
    : `sql: '${Name}' is ${NameOf<A>}, which has no order; BETWEEN cannot compare it`;

type Pair<A, Name extends string, S extends string, Separator extends ',' | 'AND', V, Open extends string, P extends unknown[]> =
  Next<S> extends [infer Low extends string, infer R1 extends string]
    ? Value<A, Name, Low> extends infer E
      ? E extends 'ok'
        ? Next<R1> extends [infer Mid extends string, infer R2 extends string]
          ? Uppercase<Mid> extends Separator
            ? Next<R2> extends [infer High extends string, infer R3 extends string]
              ? Value<A, Name, High> extends infer F
                ? F extends 'ok'
                  ? [...P, ...Hole<Low, A>, ...Hole<High, A>] extends infer Q extends unknown[]
                    ? Separator extends ','
                      ? Next<R3> extends [')', infer R4 extends string]
                        ? Joint<R4, V, Open, Q>
                        : `sql: expected ')' after BETWEEN (low, high`
                      : Joint<R3, V, Open, Q>
                    : never
                  : F
                : never
              : never
            : `sql: expected '${Separator}' between the bounds of BETWEEN`
          : never
        : E
      : never
    : never;

/** Inside the parentheses of IN. */
type List<A, Name extends string, S extends string, V, Open extends string, P extends unknown[]> =
  Next<S> extends [infer T extends string, infer R extends string]
    ? Value<A, Name, T> extends infer E
      ? E extends 'ok'
        ? Next<R> extends [infer D extends string, infer R2 extends string]
          ? D extends ','
            ? List<A, Name, R2, V, Open, [...P, ...Hole<T, A>]>
            : D extends ')'
              ? Joint<R2, V, Open, [...P, ...Hole<T, A>]>
              : `sql: expected ',' or ')' in the list of IN`
          : never
        : E
      : never
    : never;

/** After a whole condition. */
type Joint<S extends string, V, Open extends string, P extends unknown[]> =
  Next<S> extends [infer T extends string, infer R extends string]
    ? Uppercase<T> extends 'AND' | 'OR'
      ? Predicate<R, V, Open, P>
      : T extends ')'
        ? Open extends `(${infer Fewer}`
          ? Joint<R, V, Fewer, P>
          : `sql: one ')' too many`
        : T extends ''
          ? Open extends ''
            ? P
            : `sql: missing ')'`
          : `sql: expected AND or OR ${Before<T>}`
    : never;

// ---- values ------------------------------------------------------------------------------------

/** `'ok'` when the token `T` is a value that can stand against an attribute of type `A`. */
type Value<A, Name extends string, T extends string> = T extends '?'
  ? 'ok'
  : T extends `'${infer Text}`
    ? Is<A, string> extends true
      ? string extends Extract<A, string>
        ? 'ok'
        : unknown extends A
          ? 'ok'
          : Text extends Extract<A, string>
            ? 'ok'
            : `sql: '${Name}' is never '${Text}'`
      : Is<A, Date> extends true
        ? 'ok'
        : `sql: '${Name}' is ${NameOf<A>}, not text`
    : T extends `${number}`
      ? Is<A, number | bigint> extends true
        ? 'ok'
        : `sql: '${Name}' is ${NameOf<A>}, not a number`
      : Uppercase<T> extends 'TRUE' | 'FALSE'
        ? Is<A, boolean> extends true
          ? 'ok'
          : `sql: '${Name}' is ${NameOf<A>}, not a boolean`
        : Uppercase<T> extends 'NULL'
          ? null extends A
            ? 'ok'
            : undefined extends A
              ? 'ok'
              : `sql: '${Name}' is never NULL`
          : `sql: expected a value for '${Name}' ${Before<T>}`;

type Ordered = string | number | bigint | Date;
type Hole<T extends string, A> = T extends '?' ? [Operand<A>] : [];
type Operand<A> = Exclude<A, undefined>;
/** Whether `A`, null aside, has a member in the family `F`; an attribute of unknown type has them all. */
type Is<A, F> = unknown extends A ? true : Extract<NonNullable<A>, F> extends never ? false : true;
type NameOf<A> =
  NonNullable<A> extends string
    ? 'text'
    : NonNullable<A> extends number | bigint
      ? 'a number'
      : NonNullable<A> extends boolean
        ? 'a boolean'
        : NonNullable<A> extends Date
          ? 'a date'
          : 'an object';

// ---- words -------------------------------------------------------------------------------------

type Space = ' ' | '\n' | '\t' | '\r';

/** The first token of `S` and what follows it; `['', '']` at the end. A text token keeps its opening quote. */
type Next<S extends string> = S extends `${Space}${infer R}`
  ? Next<R>
  : S extends ''
    ? ['', '']
    : S extends `'${infer R}`
      ? Quoted<R, "'">
      : S extends `"${infer R}`
        ? Quoted<R, '"'>
        : S extends `${infer C}${infer R}`
          ? C extends '(' | ')' | ',' | '?'
            ? [C, R]
            : C extends '=' | '!' | '<' | '>'
              ? R extends `=${infer R2}`
                ? [`${C}=`, R2]
                : C extends '<'
                  ? R extends `>${infer R2}`
                    ? ['<>', R2]
                    : [C, R]
                  : [C, R]
              : Word<S>
          : never;

/** The leading word of `S`: cut at whatever of these comes first. */
type Word<S extends string> =
  CutAll<S, [' ', ')', ',', '=', '<', '>', '!', '(', "'", '"', '\n', '\t', '\r']> extends infer W extends string
    ? S extends `${W}${infer R}`
      ? [W, R]
      : never
    : never;
type CutAll<S extends string, Marks extends string[]> = Marks extends [infer M extends string, ...infer More extends string[]]
  ? CutAll<Cut<S, M>, More>
  : S;
type Cut<S extends string, Mark extends string> = S extends `${infer Head}${Mark}${string}` ? Head : S;

/** The rest of a quoted text; a doubled quote stands for itself. */
type Quoted<S extends string, Q extends string, Text extends string = ''> = S extends `${infer Part}${Q}${infer R}`
  ? R extends `${Q}${infer R2}`
    ? Quoted<R2, Q, `${Text}${Part}${Q}`>
    : [`'${Text}${Part}`, R]
  : [`unterminated`, ''];

type IsName<T extends string> = T extends '' | `'${string}` | `${number}` | Symbolic | `${number}${string}`
  ? false
  : Uppercase<T> extends 'AND' | 'OR' | 'IN' | 'LIKE' | 'ILIKE' | 'REGEX' | 'BETWEEN' | 'NULL' | 'TRUE' | 'FALSE'
    ? false
    : true;
type Symbolic = '(' | ')' | ',' | '?' | '=' | '==' | '!=' | '<>' | '<' | '<=' | '>' | '>=' | '!';

type Before<T extends string> = T extends '' ? 'at the end' : `before "${T}"`;

/** At the very end of the text the user may still be typing: {@link Checked} then offers the paths. */
type Unknown<T extends string, R extends string> = R extends '' ? Unfinished<T> : `sql: there is no attribute '${T}'`;

/** Outcome for a last word that names no attribute (yet). */
interface Unfinished<T extends string> {
  readonly word: T;
}

/** `S` with its last word replaced by every path it may become, for an editor to list; else the sentence. */
type Complete<S extends string, T extends string, V> = [T, S] extends ['', Glued<S>]
  ? 'sql: expected an attribute at the end'
  : PathOf<V> extends infer K extends string
    ? Extract<K, `${T}${string}`> extends infer Fit extends string
      ? [Fit] extends [never]
        ? `sql: there is no attribute '${T}'`
        : `${WithoutLast<S, T>}${Fit}`
      : never
    : never;
/** `S` when a word written right after it would run into its last word. */
type Glued<S extends string> = S extends '' | `${string}${Space | '('}` ? never : S;
type WithoutLast<S extends string, T extends string> = T extends ''
  ? S
  : S extends `${infer Head}${T}${infer Tail}`
    ? Tail extends ''
      ? Head
      : `${Head}${T}${WithoutLast<Tail, T>}`
    : S;
