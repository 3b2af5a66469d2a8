/** Which changes of a map somebody wants to hear of, and as what: asked of each change, where it happens and where it is told. */
import type { EntryEventType } from '../api/entry-event.ts';
import { keyFromWire, keyToWire } from '../data/codec.ts';
import { fromKey, sameKey } from '../data/key.ts';
import type { ValueForm } from '../data/value.ts';
import { conditionTest } from '../query/conditions/condition-test.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { conditionFromWire, conditionToWire } from '../query/predicates/wire.ts';
import type { EntryChange, WantedChanges } from './map-events.ts';

export interface ChangeFilter {
  readonly wanted: WantedChanges;
  /** Types of changes that may be told. */
  readonly types: ReadonlySet<EntryEventType>;
  /** The type as which the change is told; `undefined`: not told. */
  typeOf(change: EntryChange): EntryEventType | undefined;
}

/** Of a map that keeps its values in `form`. */
export function changeFilter(wanted: WantedChanges, form: ValueForm): ChangeFilter {
  const { key, condition, naturalEventTypes } = wanted;
  const types = new Set(wanted.types);
  const judged = condition === undefined ? undefined : judgeOf(condition, naturalEventTypes, form);
  const ifWanted = (type: EntryEventType | undefined): EntryEventType | undefined =>
    type !== undefined && types.has(type) ? type : undefined;
  return {
    wanted,
    types: naturalEventTypes && (types.has('added') || types.has('removed')) ? new Set([...types, 'updated']) : types,
    typeOf(change: EntryChange): EntryEventType | undefined {
      if (change.key === undefined) return ifWanted(change.type);
      if (key !== undefined && !sameKey(key, change.key)) return undefined;
      return ifWanted(judged === undefined ? change.type : judged(change));
    },
  };
}

type WantedWire = readonly [types: readonly EntryEventType[], key: readonly [unknown?], condition: string | undefined, natural: boolean];

export function wantedChangesToWire({ types, key, condition, naturalEventTypes }: WantedChanges): WantedWire {
  return [types, key === undefined ? [] : [keyToWire(key)], condition && conditionToWire(condition), naturalEventTypes];
}

export function wantedChangesFromWire(wire: unknown): WantedChanges {
  const [types, key, condition, naturalEventTypes] = wire as WantedWire;
  return {
    types,
    key: key.length === 0 ? undefined : keyFromWire(key[0]),
    condition: condition === undefined ? undefined : conditionFromWire(condition),
    naturalEventTypes,
  };
}

function judgeOf(condition: Condition, natural: boolean, form: ValueForm): (change: EntryChange) => EntryEventType | undefined {
  const matches = conditionTest(condition);
  const holds = (change: EntryChange, stored: unknown): boolean => matches(fromKey(change.key!), form.peek(stored));
  if (!natural) return (change) => (holds(change, change.stored ?? change.before) ? change.type : undefined);
  return (change) => {
    const is = change.stored !== undefined && holds(change, change.stored);
    if (change.type !== 'updated') return is || (change.stored === undefined && holds(change, change.before)) ? change.type : undefined;
    const was = holds(change, change.before);
    if (is) return was ? 'updated' : 'added';
    return was ? 'removed' : undefined;
  };
}
