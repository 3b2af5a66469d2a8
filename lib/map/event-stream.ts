/** Events for one consumer that asks for them (`map.events()`): a bounded buffer, and an error that says so when events were lost. */
import type { EntryEvent, EntryEventType, EventStream } from '../api/entry-event.ts';
import { AbortedError, ConfigError, EventsLostError } from '../errors.ts';
import type { ChangeFilter } from '../operations/change-filter.ts';
import type { EntryChange, EventSource, Subscriber, WantedChanges } from '../operations/map-events.ts';
import { checkFilter, EVENT_TYPES, eventOf, filterOf, type AnyEventFilter, type EventParts } from './event-filter.ts';

export type AnyStreamOptions = AnyEventFilter & { readonly types?: readonly EntryEventType[]; readonly capacity?: number };

type Result = IteratorResult<EntryEvent<unknown, unknown>, undefined>;

/** A change that waits, and the type as which it is told. */
interface Told {
  readonly change: EntryChange;
  readonly type: EntryEventType;
}

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

const CAPACITY = 65_536;
const CAPACITY_MAX = 2 ** 24;
const DONE: Result = Object.freeze({ done: true, value: undefined });

/** Begins to listen at once. Errors: ERR_CONFIG for what is no option; those of predicates and keys. */
export function streamEvents(events: EventSource, parts: EventParts, options: AnyStreamOptions): EventStream<unknown, unknown> {
  checkFilter(options, ['types', 'capacity']);
  const { types = EVENT_TYPES, capacity = CAPACITY, signal } = options;
  if (!Array.isArray(types) || types.length === 0 || !types.every((type) => EVENT_TYPES.includes(type)))
    throw new ConfigError(`types are some of ${EVENT_TYPES.join(', ')}`);
  if (!Number.isSafeInteger(capacity) || capacity < 1 || capacity > CAPACITY_MAX)
    throw new ConfigError(`capacity must be a whole number from 1 to ${CAPACITY_MAX}, not ${String(capacity)}`);
  const stream = new BufferedStream(parts, filterOf(parts, options, types), capacity);
  stream.start(events, signal);
  return stream;
}

class BufferedStream implements Subscriber, EventStream<unknown, unknown> {
  readonly types: ReadonlySet<EntryEventType>;
  readonly #parts: EventParts;
  readonly wanted: WantedChanges;
  readonly #filter: ChangeFilter;
  readonly #capacity: number;
  /** What waits: `#taken` from `#next` on, then `#arrived`. */
  #taken: Told[] = [];
  #next = 0;
  #arrived: Told[] = [];
  #waiting: Waiting[] = [];
  #ended = false;
  /** Thrown once, when everything before it was consumed. */
  #error: Error | undefined;
  #stop: () => void = () => undefined;

  constructor(parts: EventParts, filter: ChangeFilter, capacity: number) {
    this.types = filter.types;
    this.wanted = filter.wanted;
    this.#parts = parts;
    this.#filter = filter;
    this.#capacity = capacity;
  }

  start(events: EventSource, signal: AbortSignal | undefined): void {
    const unsubscribe = events.subscribe(this);
    const abort = (): void => {
      this.#forget();
      this.#fail(new AbortedError('listening to events was aborted', { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#stop = () => {
      signal?.removeEventListener('abort', abort);
      unsubscribe();
    };
    if (signal?.aborted === true) abort();
  }

  deliver(change: EntryChange): void {
    let type: EntryEventType | undefined;
    try {
      type = this.#filter.typeOf(change);
    } catch (error) {
      this.#fail(error as Error); // a getter of a value that throws in the predicate
      return;
    }
    if (type === undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting.resolve(this.#result({ change, type }));
    else if (this.#taken.length - this.#next + this.#arrived.length < this.#capacity) this.#arrived.push({ change, type });
    else this.#fail(this.#lost());
  }

  end(): void {
    this.#ended = true;
    this.#stop();
    for (const { resolve } of this.#waiting.splice(0)) resolve(DONE);
  }

  async next(): Promise<Result> {
    const told = this.#take();
    if (told !== undefined) return this.#result(told);
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    if (this.#ended) return DONE;
    return new Promise<Result>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<Result> {
    this.#forget();
    this.#error = undefined;
    this.end();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(): Told | undefined {
    if (this.#next === this.#taken.length) {
      this.#taken = this.#arrived;
      this.#next = 0;
      this.#arrived = [];
    }
    return this.#taken.length === 0 ? undefined : this.#taken[this.#next++];
  }

  #forget(): void {
    this.#taken = [];
    this.#next = 0;
    this.#arrived = [];
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#error = error;
    else waiting.reject(error);
    this.end();
  }

  #result({ change, type }: Told): Result {
    return { done: false, value: eventOf(this.#parts, change, type, true) };
  }

  #lost(): EventsLostError {
    const { mapName } = this.#parts;
    const capacity = this.#capacity;
    return new EventsLostError(
      `map '${mapName}': more than ${capacity} events waited for their consumer; those after them were lost (option 'capacity')`,
      {
        details: { map: mapName, capacity },
      },
    );
  }
}
