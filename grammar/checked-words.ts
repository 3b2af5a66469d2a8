/**
 * The words of a predicate at type level: cuts the first token off a literal.
 *
 * A token is the text as written but for a quoted text, which keeps its opening quote (as `'`) and loses the closing one. `''` stands
 * for the end, {@link Unclosed} for a quote that is never closed.
 */
import type { ReservedWord } from './paths.ts';

export type Space = ' ' | '\n' | '\t' | '\r' | '\f' | '\v';

/** The token for a quoted text or name that does not end. */
export type Unclosed = '"' | '`';

/** The first token of `S` and what follows it, less one space, as `[token, rest]`; `['', '']` at the end. */
export type Next<S extends string> = S extends `${infer C}${infer R}`
  ? C extends Mark
    ? C extends Space
      ? Next<R>
      : C extends '(' | ')' | ',' | '?'
        ? Token<C, R>
        : C extends "'" | '"'
          ? Quoted<R, C>
          : C extends '`'
            ? MarkedWord<S, S>
            : Symbols<C, R>
    : Word<S>
  : ['', ''];

type Mark = Space | '(' | ')' | ',' | '?' | "'" | '"' | '`' | '=' | '!' | '<' | '>';

/** Without its separating space the rest suits the usual spelling again. */
type Token<T extends string, R extends string> = R extends ` ${infer R2}` ? [T, R2] : [T, R];

type Symbols<C extends string, R extends string> = R extends `${infer D}${infer R2}`
  ? `${C}${D}` extends '==' | '!=' | '<=' | '>=' | '<>' | '=>' | '=<'
    ? Token<`${C}${D}`, R2>
    : Token<C, R>
  : [C, R];

/** The rest of a quoted text; a doubled quote stands for itself. */
type Quoted<S extends string, Q extends string, Text extends string = ''> = S extends `${infer Part}${Q}${infer R}`
  ? R extends `${Q}${infer R2}`
    ? Quoted<R2, Q, `${Text}${Part}${Q}`>
    : Token<`'${Text}${Part}`, R>
  : ['"', ''];

/** A name, a path, a keyword or a number: all up to the next mark. */
type Word<S extends string> = S extends `${infer W} ${infer R}` ? (W extends Marked ? MarkedWord<S, W> : [W, R]) : MarkedWord<S, S>;

/** The first word of `S`, which ends within `Near` or runs into a quoted part of a path, where any character may stand. */
type MarkedWord<S extends string, Near extends string, Text extends string = ''> = S extends `\`${infer R}`
  ? R extends `${infer Name}\`${infer R2}`
    ? R2 extends `${'.' | '['}${string}`
      ? MarkedWord<R2, R2, `${Text}\`${Name}\``>
      : Token<`${Text}\`${Name}\``, R2>
    : ['`', '']
  : Plain<Near> extends infer W extends string
    ? S extends `${W}${infer R}`
      ? R extends `\`${string}`
        ? MarkedWord<R, R, `${Text}${W}`>
        : Token<`${Text}${W}`, R>
      : never
    : never;

/**
 * `S` up to the first mark. One match yields what stands before the first `=`, before the first `<` and so on; of these only the
 * shortest has no mark inside. The marks are tried in groups, the likely ones first, for each costs.
 */
type Plain<S extends string> = S extends Marked ? (S extends BeforeFrequent<string> ? UpToFrequent<S> : UpToOperator<S>) : S;
type UpToFrequent<S extends string> =
  S extends BeforeFrequent<infer H>
    ? [Exclude<H, Marked>] extends [infer W extends string]
      ? [W] extends [never]
        ? UpToOperator<S>
        : W
      : never
    : UpToOperator<S>;
type UpToOperator<S extends string> =
  S extends BeforeOperator<infer H>
    ? [Exclude<H, Marked>] extends [infer W extends string]
      ? [W] extends [never]
        ? UpToAny<S>
        : W
      : never
    : UpToAny<S>;
type UpToAny<S extends string> = S extends BeforeOther<infer H> ? Exclude<H, Marked> : never;

type BeforeFrequent<H extends string> = `${H})${string}` | `${H}\n${string}`;
type BeforeOperator<H extends string> = `${H}=${string}` | `${H}<${string}` | `${H}>${string}` | `${H},${string}`;
// prettier-ignore
type BeforeOther<H extends string> =
  | `${H} ${string}` | `${H}(${string}` | `${H}'${string}` | `${H}"${string}` | `${H}?${string}` | `${H}!${string}` | `${H}\`${string}`
  | `${H}\t${string}` | `${H}\r${string}` | `${H}\f${string}` | `${H}\v${string}`;

/** A text with a mark in it: what ends a word. */
export type Marked = BeforeFrequent<string> | BeforeOperator<string> | BeforeOther<string>;

/** A number. (Blanks alone pass for one with the compiler: `Number(' ')` is 0.) */
export type Numeral = `${number}` & `${string}${Digit}${string}`;
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** What a token is; `symbol` is everything that can be no operand. */
export type KindOf<T extends string> = T extends `'${string}`
  ? 'text'
  : T extends '?' | `:${string}`
    ? 'parameter'
    : T extends '' | Unclosed | '(' | ')' | ',' | '=' | '==' | '!=' | '<>' | '<' | '<=' | '>' | '>=' | '=>' | '=<' | '!'
      ? 'symbol'
      : T extends Numeral
        ? 'number'
        : Uppercase<T> extends infer U
          ? U extends 'TRUE' | 'FALSE'
            ? 'boolean'
            : U extends 'NULL'
              ? 'null'
              : U extends ReservedWord
                ? 'symbol'
                : 'name'
          : never;
