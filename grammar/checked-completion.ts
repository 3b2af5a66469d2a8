/** What the checker makes of a last word that names no attribute: the attributes it may still become, or a sentence. */
import type { Space } from './checked-words.ts';
import type { EntryPath } from './paths.ts';

/** At the very end of the text the user may still be typing: the checker then offers the paths. */
export type Unknown<T extends string, R extends string> = R extends '' ? Unfinished<T> : NoAttribute<T>;
type NoAttribute<T extends string> = `sql: there is no attribute '${T}'`;

/** Outcome for a last word that names no attribute (yet). */
export interface Unfinished<T extends string> {
  readonly word: T;
}

/** `S` with its last word replaced by every path it may become, for an editor to list; else the sentence. */
export type Complete<S extends string, T extends string, V, K> = [T, S] extends ['', Glued<S>]
  ? 'sql: expected an attribute at the end'
  : EntryPath<V, K> extends infer Path extends string
    ? Extract<Path, `${T}${string}`> extends infer Fit extends string
      ? [Fit] extends [never]
        ? NoAttribute<T>
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
