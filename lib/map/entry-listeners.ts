/** Listeners (M16): users' functions, called with events. What goes wrong in one never reaches the map or another listener. */
import type { EntryEvent, EntryEventType, EntryListening } from '../api/entry-event.ts';
import { CHANNELS } from '../base/diagnostics.ts';
import { ConfigError } from '../errors.ts';
import type { ChangeFilter } from '../operations/change-filter.ts';
import type { EntryChange, EventSource, Subscriber, WantedChanges } from '../operations/map-events.ts';
import { checkFilter, EVENT_TYPES, eventOf, filterOf, type AnyEventFilter, type EventParts } from './event-filter.ts';

type Handler = (event: EntryEvent<unknown, unknown>) => unknown;
type Methods = Readonly<Partial<Record<EntryEventType, Handler>>>;
export type AnyListener = Handler | Methods;
export type AnyListenerOptions = AnyEventFilter & { readonly includeValue?: boolean };

/** Errors: ERR_CONFIG for what is no listener or no option; those of predicates and keys. */
export function addListener(events: EventSource, parts: EventParts, listener: AnyListener, options: AnyListenerOptions): EntryListening {
  checkFilter(options, ['includeValue']);
  const { includeValue = true, signal } = options;
  if (typeof includeValue !== 'boolean') throw new ConfigError(`includeValue is true or false, not ${String(includeValue)}`);
  const call = new ListenerCall(parts, filterOf(parts, options, typesOf(listener)), listener, includeValue);
  if (signal?.aborted === true) return listening(() => false);
  const remove = events.subscribe(call);
  signal?.addEventListener('abort', remove, { once: true });
  return listening(() => {
    signal?.removeEventListener('abort', remove);
    return remove();
  });
}

function listening(remove: () => boolean): EntryListening {
  return Object.freeze({ remove, [Symbol.dispose]: () => void remove() });
}

function typesOf(listener: AnyListener): readonly EntryEventType[] {
  if (typeof listener === 'function') return EVENT_TYPES;
  const types = typeof listener === 'object' && listener !== null ? EVENT_TYPES.filter((type) => typeof listener[type] === 'function') : [];
  if (types.length > 0) return types;
  throw new ConfigError(`a listener is a function, or an object with at least one of the functions ${EVENT_TYPES.join(', ')}`);
}

class ListenerCall implements Subscriber {
  readonly types: ReadonlySet<EntryEventType>;
  readonly #parts: EventParts;
  readonly wanted: WantedChanges;
  readonly #filter: ChangeFilter;
  readonly #listener: AnyListener;
  readonly #includeValue: boolean;
  #warned = false;

  constructor(parts: EventParts, filter: ChangeFilter, listener: AnyListener, includeValue: boolean) {
    this.types = filter.types;
    this.wanted = filter.wanted;
    this.#parts = parts;
    this.#filter = filter;
    this.#listener = listener;
    this.#includeValue = includeValue;
  }

  deliver(change: EntryChange): void {
    let event: EntryEvent<unknown, unknown> | undefined;
    try {
      const type = this.#filter.typeOf(change);
      if (type === undefined) return;
      event = eventOf(this.#parts, change, type, this.#includeValue);
      const answer: unknown = this.#call(event);
      if (isThenable(answer)) Promise.resolve(answer).catch((error: unknown) => this.#report(error, event));
    } catch (error) {
      this.#report(error, event);
    }
  }

  end(): void {
    // What has happened is delivered; there is nothing to tell at the end.
  }

  #call(event: EntryEvent<unknown, unknown>): unknown {
    const listener = this.#listener;
    return typeof listener === 'function' ? listener(event) : listener[event.type]?.(event);
  }

  #report(error: unknown, event: EntryEvent<unknown, unknown> | undefined): void {
    const { mapName } = this.#parts;
    if (CHANNELS.listener.hasSubscribers) CHANNELS.listener.publish({ map: mapName, listener: this.#listener, event, error });
    else if (!this.#warned) {
      this.#warned = true;
      const message = `a listener of map '${mapName}' failed: ${String(error)}. Further errors of it are told on the channel 'cobnut.listener' only`;
      process.emitWarning(message, {
        type: 'CobnutWarning',
        code: 'COBNUT_LISTENER_ERROR',
        detail: error instanceof Error ? (error.stack ?? '') : '',
      });
    }
  }
}

function isThenable(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}
