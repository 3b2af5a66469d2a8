/** What calls on keys say on the wire. Arrays: they are many, and small. */
import type { ReadStamp } from '../near-cache/near-network.ts';
import type { LockToken } from '../partition/key-locks.ts';

/** `[line, number, doneBelow]` of a `CallId`; the caller is who sends it. */
export type WireId = readonly [line: number, number: number, doneBelow: number];

/** How a call on one key is run: plainly, with limited patience in milliseconds, or for the holder of the key's lock. */
export type How = undefined | { readonly tries: number } | { readonly token: LockToken };

/** `again`: as `KeyCall.again`. `ticket`: the number of this sending, among all that the caller sends. `stamp`: a near cache wants to know what it was told before (`Invalidations.stampFor`). */
export type KeyBody = readonly [
  map: string,
  verb: string,
  key: unknown,
  hash: number,
  partition: number,
  term: number,
  args: unknown,
  ticket: number,
  id: WireId | undefined,
  how: How,
  stamp: boolean,
  again: boolean,
];

/** The keys of one partition, of a call on several. */
export type KeysPartBody = readonly [partition: number, term: number, id: WireId | undefined, keys: readonly unknown[], args: unknown];

export type KeysBody = readonly [map: string, verb: string, ticket: number, args: unknown, parts: readonly KeysPartBody[], stamp: boolean];

/** The answer; or that it is not served there: of which version of the view that is known, and whether it may have been run all the same. */
export type KeyAnswer =
  | readonly [0, answer: unknown]
  | readonly [0, answer: unknown, stamp: ReadStamp]
  | readonly [1, version: number, began: boolean];

/** By part, with a stamp for each key; what a part threw is `[2, error]`, as `errorToWire` gives it. */
export type PartAnswer =
  | readonly [0, answer: unknown]
  | readonly [0, answer: unknown, stamps: readonly (ReadStamp | undefined)[]]
  | readonly [1, version: number, began: boolean]
  | readonly [2, error: unknown];
