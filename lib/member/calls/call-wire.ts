/** What calls on keys say on the wire. Arrays: they are many, and small. */
import type { ReadStamp } from '../../near-cache/near-network.ts';
import type { LockToken } from '../../partition/key-locks.ts';

/** `[line, number, doneBelow]` of a `CallId`; the caller is who sends it. */
export type WireId = readonly [line: number, number: number, doneBelow: number];

/** How a call on one key is run: plainly, with limited patience in milliseconds, or for the holder of the key's lock. */
export type How = undefined | { readonly tries: number } | { readonly token: LockToken };

/**
 * `ticket`: the number of this sending, among all that the caller sends. `flags`: see below. What follows is left out where there is none: arguments; the
 * three numbers of a WireId (`line` undefined: there is none); how.
 */
export type KeyBody = readonly [
  map: string,
  verb: string,
  key: unknown,
  partition: number,
  term: number,
  ticket: number,
  flags: number,
  args?: unknown,
  line?: number | undefined,
  number?: number | undefined,
  doneBelow?: number | undefined,
  how?: How,
];

/** Flags: a near cache wants to know what it was told before (`Invalidations.stampFor`); as `KeyCall.again`. */
export const WANTS_STAMP = 1;
export const IS_AGAIN = 2;

/** The keys of one partition, of a call on several. */
export type KeysPartBody = readonly [
  partition: number,
  term: number,
  id: WireId | undefined,
  keys: readonly unknown[],
  args: unknown,
  again: boolean,
];

export type KeysBody = readonly [map: string, verb: string, ticket: number, args: unknown, parts: readonly KeysPartBody[], stamp: boolean];

/**
 * The note with the answer of a call on a key: the stamp that was wanted; or that there is no answer, as it is not served there: of which version of the view
 * that is known, and whether it may have been run all the same. Most answers have none.
 */
export type KeyNote = readonly [0, stamp: ReadStamp] | readonly [1, version: number, began: boolean];

/** By part, with a stamp for each key; what a part threw is `[2, error]`, as `errorToWire` gives it; `[3]`: each key is to be called by itself. */
export type PartAnswer =
  | readonly [0, answer: unknown]
  | readonly [0, answer: unknown, stamps: readonly (ReadStamp | undefined)[]]
  | readonly [1, version: number, began: boolean]
  | readonly [2, error: unknown]
  | readonly [3];
