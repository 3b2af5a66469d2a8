/**
 * What happens to the entries of a map, in order, told to those who listen (M16).
 *
 * A change is queued where memory changes, which is one place per kind of change, and delivered in a microtask: after the change took effect,
 * and never in the midst of it, so that a listener may call the map. Each listener has a queue of its own, in the order of the changes. Values wait
 * in the form the map keeps them in, which nobody can change: queueing copies nothing.
 *
 * An asynchronous loop empties a queue. So deliveries run in the asynchronous context of whoever subscribed: the one of the change is somebody
 * else's, that of a store's call for instance. It gives the event loop its turns, as all long work does; but microtasks come before anything else
 * the event loop does, and writers that never let it turn would pile changes up meanwhile: above BACKLOG_MAX it does not wait any longer.
 */
import type { EntryEventType } from '../api/entry-event.ts';
import type { StoredKey } from '../data/key.ts';
import type { Condition } from '../query/conditions/condition.ts';
import type { Slices } from '../indexes/attribute-set.ts';

/** One change of memory. Values are stored forms. */
export interface EntryChange {
  readonly type: EntryEventType;
  /** `undefined` for `cleared`. */
  readonly key: StoredKey | undefined;
  /** `undefined` when the entry is gone. */
  readonly stored: unknown;
  /** `undefined` when there was none. */
  readonly before: unknown;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Entries changed: 1, or as many as were cleared. */
  readonly count: number;
}

/** What is wanted. */
export interface WantedChanges {
  /** As which a change may be told. */
  readonly types: readonly EntryEventType[];
  /** Left out: of all keys. */
  readonly key: StoredKey | undefined;
  readonly condition: Condition | undefined;
  /** Whether an update that makes the condition true is an addition, and one that makes it false a removal. */
  readonly naturalEventTypes: boolean;
}

/** Somebody who listens. */
export interface Subscriber {
  /** What it wants to hear of. Must not change. */
  readonly types: ReadonlySet<EntryEventType>;
  /** The same in full, for members elsewhere: what it would not tell anyway need not be sent. Left out: all of `types`. */
  readonly wanted?: WantedChanges;
  /** Called with changes made since `subscribe`, one after the other. Must not throw. */
  deliver(change: EntryChange): void;
  /** The map is closed: nothing will come any more. */
  end(): void;
}

/** Where changes of a map can be heard of. */
export interface EventSource {
  /** Tells the subscriber of all changes from now on. The function that is returned ends that at once; whether it had not ended yet. */
  subscribe(subscriber: Subscriber): () => boolean;
  /** Resolves when all who tell know of those who have subscribed so far. Left out: they know at once. */
  settled?(): Promise<void>;
}

/** Deliveries between two looks at the clock. */
const STEPS = 64;
/** Most changes that wait for the event loop to turn. */
export const BACKLOG_MAX = 65_536;

export class MapEvents implements EventSource {
  /** Whether anybody listens. Ask before collecting what `tell` takes. */
  active = false;
  /** Changes that somebody wanted to hear of, since the map was made. */
  count = 0;
  readonly #slices: Slices;
  #deliveries: readonly Delivery[] = [];

  constructor(slices: Slices) {
    this.#slices = slices;
  }

  /** Tells the subscriber of all changes from now on. The function that is returned ends that at once; whether it had not ended yet. */
  subscribe(subscriber: Subscriber): () => boolean {
    const delivery = new Delivery(subscriber, this.#slices);
    this.#setDeliveries([...this.#deliveries, delivery]);
    return () => {
      this.#setDeliveries(this.#deliveries.filter((one) => one !== delivery));
      return delivery.stop();
    };
  }

  /** An entry was changed. For `cleared` without key, with the number of entries. */
  tell(type: EntryEventType, key: StoredKey | undefined, stored: unknown, before: unknown, at: number, count = 1): void {
    let change: EntryChange | undefined;
    for (const delivery of this.#deliveries) {
      if (delivery.types.has(type)) delivery.push((change ??= { type, key, stored, before, at, count }));
    }
    if (change !== undefined) this.count++;
  }

  /** Ends when what has happened is delivered. */
  async close(): Promise<void> {
    const left = this.#deliveries;
    this.#setDeliveries([]);
    await Promise.all(left.map((delivery) => delivery.finish()));
  }

  #setDeliveries(deliveries: readonly Delivery[]): void {
    this.#deliveries = deliveries;
    this.active = deliveries.length > 0;
  }
}

/** The changes that one subscriber has not heard of yet. */
class Delivery {
  readonly types: ReadonlySet<EntryEventType>;
  readonly #subscriber: Subscriber;
  readonly #slices: Slices;
  /** Being delivered, from `#next` on; then `#arrived`. */
  #batch: readonly EntryChange[] = [];
  #next = 0;
  #arrived: EntryChange[] = [];
  #state: 'open' | 'finishing' | 'stopped' = 'open';
  /** Set while the loop waits: for changes, or for its turn. */
  #goOn: (() => void) | undefined;
  #waitsForTurn = false;
  readonly #loop: Promise<void>;

  constructor(subscriber: Subscriber, slices: Slices) {
    this.types = subscriber.types;
    this.#subscriber = subscriber;
    this.#slices = slices;
    this.#loop = this.#deliverAll();
  }

  push(change: EntryChange): void {
    this.#arrived.push(change);
    if (!this.#waitsForTurn || this.#backlog >= BACKLOG_MAX) this.#wake();
  }

  /** Nothing is delivered any more; whether this was the first call. */
  stop(): boolean {
    if (this.#state === 'stopped') return false;
    this.#state = 'stopped';
    this.#batch = [];
    this.#next = 0;
    this.#arrived = [];
    this.#wake();
    return true;
  }

  /** Delivers what there is, then ends. */
  finish(): Promise<void> {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#wake();
    return this.#loop;
  }

  get #backlog(): number {
    return this.#batch.length - this.#next + this.#arrived.length;
  }

  #wake(): void {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  async #deliverAll(): Promise<void> {
    while (this.#state !== 'stopped') {
      if (this.#deliverSlice()) await this.#turn();
      else if (this.#state === 'open') await new Promise<void>((resolve) => (this.#goOn = resolve));
      else if (this.#state === 'finishing') break;
    }
    if (this.#state === 'finishing') this.#subscriber.end();
    this.#state = 'stopped';
  }

  /** Whether there is more. */
  #deliverSlice(): boolean {
    const began = this.#slices.now();
    for (let delivered = 1; this.#takeBatch(); delivered++) {
      this.#subscriber.deliver(this.#batch[this.#next++]!);
      if (delivered % STEPS === 0 && this.#backlog < BACKLOG_MAX && this.#slices.now() - began >= this.#slices.sliceMs) return true;
    }
    return false;
  }

  /** Whether there is something in the batch. */
  #takeBatch(): boolean {
    if (this.#next < this.#batch.length) return true;
    this.#batch = this.#arrived;
    this.#next = 0;
    this.#arrived = [];
    return this.#batch.length > 0;
  }

  async #turn(): Promise<void> {
    this.#waitsForTurn = true;
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
      void this.#slices.pause().then(resolve);
    });
    this.#goOn = undefined;
    this.#waitsForTurn = false;
  }
}
