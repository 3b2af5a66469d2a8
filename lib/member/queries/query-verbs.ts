/** The verbs on everything a map holds that members ask each other for, by name. */
import { addIndex } from '../../operations/add-index.ts';
import { clear } from '../../operations/clear.ts';
import { containsValue } from '../../operations/contains-value.ts';
import { evictAll } from '../../operations/evict.ts';
import { aggregate, count, explain, find, iterate } from '../../operations/find.ts';
import { countInStore, explainInStore, findInStore, iterateInStore } from '../../operations/find-in-store.ts';
import { flush } from '../../operations/flush.ts';
import type { MemberOperation, MemberShare } from '../../operations/home.ts';
import { loadAll } from '../../operations/load-all.ts';
import { removeAll } from '../../operations/remove-all.ts';
import { size } from '../../operations/size.ts';

/** A verb of whatever arguments, answer and part. */
export type AnyVerb = MemberOperation<unknown, unknown>;
export type AnyShare = MemberShare<unknown, unknown, unknown>;

const VERBS: ReadonlyMap<string, AnyVerb> = new Map(
  (
    [
      find,
      count,
      aggregate,
      iterate,
      explain,
      findInStore,
      countInStore,
      iterateInStore,
      explainInStore,
      size,
      containsValue,
      removeAll,
      clear,
      evictAll,
      flush,
      loadAll,
      addIndex,
    ] as readonly AnyVerb[]
  ).map((verb) => [verb.name, verb]),
);

export function verbNamed(name: string): AnyVerb {
  const verb = VERBS.get(name);
  if (verb === undefined) throw new TypeError(`another member asked for '${name}', which is unknown here: they are of different versions`);
  return verb;
}

export function shareOf(verb: AnyVerb): AnyShare {
  if (verb.share === undefined) throw new TypeError(`'${verb.name}' can't be shared by several members`);
  return verb.share;
}
