/** From what users write about the events they want to what is asked of each change: whether it is told, and as what. */
import type { EntryEvent, EntryEventType, EventFilter } from '../api/entry-event.ts';
import { fromKey, toKey } from '../data/key.ts';
import type { ValueForm } from '../data/value.ts';
import { ConfigError } from '../errors.ts';
import { changeFilter, type ChangeFilter } from '../operations/change-filter.ts';
import type { EntryChange } from '../operations/map-events.ts';
import type { Condition } from '../query/conditions/condition.ts';
import type { PreparedWheres } from './prepared-where.ts';

export const EVENT_TYPES: readonly EntryEventType[] = ['added', 'updated', 'removed', 'evicted', 'expired', 'loaded', 'cleared'];

/** What events are made with. */
export interface EventParts {
  readonly mapName: string;
  readonly form: ValueForm;
  readonly wheres: PreparedWheres;
}

/** Options as the code sees them, whatever the map's types. */
export type AnyEventFilter = Omit<EventFilter<unknown, unknown>, 'predicate' | 'parameters'> & {
  readonly predicate?: unknown;
  readonly parameters?: readonly unknown[];
};

/** `types`: those that are wanted. Errors: ERR_KEY, ERR_PREDICATE_SYNTAX, ERR_PREDICATE_PARAMETERS, ERR_CONFIG for what no event can be asked. */
export function filterOf(parts: EventParts, options: AnyEventFilter, types: readonly EntryEventType[]): ChangeFilter {
  const { predicate, parameters = [], naturalEventTypes = false } = options;
  const key = options.key === undefined ? undefined : toKey(options.key);
  const condition = predicate === undefined ? undefined : conditionOf(parts, predicate, parameters);
  return changeFilter({ types, key, condition, naturalEventTypes }, parts.form);
}

/** Throws ConfigError for names that are no option, and for values that are none. */
export function checkFilter(options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new ConfigError(`options are an object, not ${String(options)}`);
  const known = ['key', 'predicate', 'parameters', 'naturalEventTypes', 'signal', ...names];
  for (const name in options) {
    if (!known.includes(name)) throw new ConfigError(`there is no option '${name}': there are ${known.join(', ')}`);
  }
  const { naturalEventTypes = false, parameters = [], signal } = options as AnyEventFilter;
  if (typeof naturalEventTypes !== 'boolean') throw new ConfigError(`naturalEventTypes is true or false, not ${String(naturalEventTypes)}`);
  if (!Array.isArray(parameters)) throw new ConfigError('parameters are an array');
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new ConfigError('signal is an AbortSignal');
}

/** The event for a change. */
export function eventOf(
  { mapName, form }: EventParts,
  change: EntryChange,
  type: EntryEventType,
  includeValue: boolean,
): EntryEvent<unknown, unknown> {
  const { key, stored, before, at, count } = change;
  if (key === undefined) {
    return Object.freeze({ type: 'cleared', mapName, key, value: undefined, oldValue: undefined, at, count });
  }
  const value = includeValue && stored !== undefined && type !== 'removed' ? form.handOut(stored) : undefined;
  const oldValue = includeValue && before !== undefined && type !== 'added' ? form.handOut(before) : undefined;
  return Object.freeze({ type, mapName, key: fromKey(key), value, oldValue, at }) as EntryEvent<unknown, unknown>;
}

function conditionOf({ wheres }: EventParts, where: unknown, parameters: readonly unknown[]): Condition {
  const { condition, predicate } = wheres.of(where, parameters);
  if (predicate.paging !== undefined || predicate.partition !== undefined)
    throw new ConfigError('events have no pages and partitions: give a plain predicate');
  return condition;
}
