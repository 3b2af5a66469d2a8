/**
 * Which values may stand against an attribute, at type level, and the sentence when one may not.
 *
 * Follows what a comparison does at run time: a number against a number, a quoted text against whatever it can be converted to, and
 * refuses what could never be true.
 */
import type { AttributeAt, Missing } from './paths.ts';
import type { KindOf, Numeral } from './checked-words.ts';

/**
 * The kinds of values an attribute of type `A` may have, null aside. An attribute of unknown type may have any. Asked for in nearly every
 * step, and cheap: there are few types, and the compiler remembers its answer for each.
 */
export type Family<A> = unknown extends A
  ? 'text' | 'number' | 'boolean' | 'date' | 'object'
  : A extends null | undefined
    ? never
    : A extends string
      ? 'text'
      : A extends number | bigint
        ? 'number'
        : A extends boolean
          ? 'boolean'
          : A extends Date
            ? 'date'
            : 'object';

/** The families with an order a query may ask for. */
export type OrderedFamily = 'text' | 'number' | 'date';

/** `A` for an order or a pattern: any text may be compared with one of a few. */
export type Widened<A> = A extends string ? string : A;

/** `A` as a sentence calls it. */
export type Noun<A> = [Family<A>] extends ['text']
  ? 'text'
  : [Family<A>] extends ['number']
    ? 'a number'
    : [Family<A>] extends ['boolean']
      ? 'a boolean'
      : [Family<A>] extends ['date']
        ? 'a date'
        : Family<A> extends 'object'
          ? NonNullable<A> extends (...args: never) => unknown
            ? 'a method'
            : NonNullable<A> extends readonly unknown[]
              ? 'a list'
              : 'an object'
          : Joined<Family<A>>;

/** Of several families the first two are named. */
type Joined<F> = 'text' extends F
  ? 'number' extends F
    ? 'text or a number'
    : 'text or something else'
  : 'number' extends F
    ? 'a number or something else'
    : 'several things';

/** `'ok'` when the token `T` is a value that may stand against the attribute `Name` of type `A`, else a sentence. */
export type Against<A, Name extends string, T extends string> =
  KindOf<T> extends infer Kind
    ? Kind extends 'parameter'
      ? [Family<A>] extends ['object']
        ? `sql: '${Name}' is ${Noun<A>}, which nothing compares with`
        : T extends ':'
          ? `sql: expected a name after ':'`
          : 'ok'
      : Kind extends 'number'
        ? Extract<Family<A>, 'number' | 'date'> extends never
          ? `sql: '${Name}' is ${Noun<A>}, not a number`
          : 'ok'
        : Kind extends 'text'
          ? T extends `'${infer Text}`
            ? Quoted<A, Name, Text>
            : never
          : Kind extends 'boolean'
            ? 'boolean' extends Family<A>
              ? 'ok'
              : `sql: '${Name}' is ${Noun<A>}, not a boolean`
            : Kind extends 'null'
              ? 'ok'
              : `sql: expected a value for '${Name}' ${Before<T>}`
    : never;

/** A quoted text takes the type of the attribute. */
type Quoted<A, Name extends string, Text extends string> = string extends A
  ? 'ok'
  : Text extends `${Extract<A, string>}`
    ? 'ok'
    : 'number' extends Family<A>
      ? Text extends Numeral
        ? 'ok'
        : Lowercase<Text> extends 'nan' | `${'' | '-' | '+'}infinity`
          ? 'ok'
          : NotNumeric<A, Name, Text>
      : NotNumeric<A, Name, Text>;
type NotNumeric<A, Name extends string, Text extends string> =
  'date' extends Family<A>
    ? Text extends `${number}-${number}-${number}${string}`
      ? 'ok'
      : `sql: '${Name}' is a date, and '${Text}' is not in ISO form`
    : 'boolean' extends Family<A>
      ? Lowercase<Text> extends BooleanText
        ? 'ok'
        : `sql: '${Name}' is ${Noun<A>}, not text`
      : 'text' extends Family<A>
        ? keyof Extract<A, string> extends keyof string
          ? `sql: '${Name}' is never '${Text}'`
          : 'ok' // A branded text, `string & { … }`, is none of a few.
        : `sql: '${Name}' is ${Noun<A>}, not text`;
type BooleanText = 'true' | 't' | 'yes' | 'y' | 'on' | '1' | 'false' | 'f' | 'no' | 'n' | 'off' | '0';

/** `'ok'` when attributes of the types `A` and `B` have a family in common, else a sentence. */
export type Comparable<A, Name extends string, B, Other extends string> =
  Extract<Family<A>, Family<B>> extends never ? `sql: '${Name}' is ${Noun<A>} and '${Other}' is ${Noun<B>}, so they never compare` : 'ok';

/** Type of the attribute the path `T` names in the entry `E`, or `Missing`. */
export type LookUp<E, T extends string> = T extends keyof E
  ? E[T]
  : E extends { readonly this: infer V; readonly __key: infer K }
    ? AttributeAt<V, K, T>
    : Missing;

/** Whether a look-up found nothing; an attribute of type `any` is something. */
export type IsMissing<A> = [A] extends [Missing] ? (unknown extends A ? false : true) : false;

/** Where a token stands, for the end of a sentence. */
export type Before<T extends string> = T extends ''
  ? 'at the end'
  : T extends '"' | '`'
    ? 'but its closing quote is missing'
    : T extends `'${infer Text}`
      ? `before '${Text}'`
      : `before "${T}"`;

// ---- parameters ------------------------------------------------------------------------------------

/** Parameters by name, so far. */
export interface Named<N> {
  readonly named: N;
}

/**
 * The parameters `P` and one more if the token `T` is one, standing against an attribute of type `A`. `?` make a tuple, `:name` an object
 * in which a name met twice must suit both places. A sentence when they can't.
 */
export type Add<P, T extends string, A> = T extends '?'
  ? P extends unknown[]
    ? [...P, Bound<A>]
    : Mixed
  : T extends `:${infer Name}`
    ? P extends []
      ? Named<{ [N in Name]: Bound<A> }>
      : P extends Named<infer N>
        ? Name extends keyof N
          ? Overlap<N[Name], Bound<A>> extends infer Both
            ? [Both] extends [never]
              ? `sql: ':${Name}' can't be ${Noun<N[Name]>} and ${Noun<A>} at once`
              : Named<{ [M in keyof N]: M extends Name ? Both : N[M] }>
            : never
          : Named<{ [M in keyof N | Name]: M extends keyof N ? N[M] : Bound<A> }>
        : Mixed
    : P;
type Overlap<A, B> = Extract<A, B> | Extract<B, A>;
type Mixed = `sql: '?' and ':name' can't be mixed`;

/** What a caller may bind where an attribute of type `A` stands. NULL may be bound where the attribute may be null or absent. */
export type Bound<A> = unknown extends A
  ? string | number | bigint | boolean | Date | null
  :
      | NonNullable<A>
      | (Extract<A, Date> extends never ? never : string | number)
      | (Extract<A, bigint> extends never ? never : number)
      | (Extract<A, null | undefined> extends never ? never : null);
