/**
 * Changes of maps as they are heard of on this member, wherever they happen: each subscription is made on every member that holds partitions, and on those
 * who join later.
 *
 * Changes of one key come in their order, from the key's primary. A change that was told may be lost with a primary that nobody could follow, and what
 * was under way when a link broke is not told again: listeners see what happens, they do not keep accounts.
 */
import type { MemberId } from '../../api/transport.ts';
import type { Clock } from '../../base/clock.ts';
import { pause } from '../../base/pause.ts';
import type { Membership } from '../../cluster/membership.ts';
import { keyFromWire, storedFromWire } from '../../data/codec.ts';
import type { ValueForm } from '../../data/value.ts';
import type { Slices } from '../../indexes/slices.ts';
import { changeFilter, wantedChangesToWire } from '../../operations/change-filter.ts';
import { MapEvents, type EventSource, type Subscriber, type WantedChanges } from '../../operations/map-events.ts';
import { LostCallError } from '../../transport/lost-call-error.ts';
import type { Transport } from '../../transport/transport.ts';
import type { ChangeBody, EventServer, SubscribeBody } from './event-server.ts';

export interface RemoteEventsParts {
  readonly transport: Transport;
  readonly membership: Membership;
  readonly clock: Clock;
  readonly slices: Slices;
  /** This member's own changes. */
  readonly server: EventServer;
}

interface Subscription {
  readonly map: string;
  readonly number: number;
  readonly form: ValueForm;
  readonly wanted: WantedChanges;
  /** Delivers to this one subscriber, in its own time. */
  readonly events: MapEvents;
  /** Members that have been told of it, or are being told. */
  readonly told: Set<MemberId>;
}

const RETRY_MS = 100;

export class RemoteEvents {
  readonly #parts: RemoteEventsParts;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #asking = new Set<Promise<void>>();
  #last = 0;

  constructor(parts: RemoteEventsParts) {
    this.#parts = parts;
    const { transport, membership } = parts;
    transport.handle('event.change', (_, body) => this.#changed(body as ChangeBody));
    membership.onView(() => {
      for (const subscription of this.#subscriptions.values()) this.#tell(subscription);
    });
  }

  /** The changes of one map. */
  of(map: string, form: ValueForm): MapListening {
    return new MapListening(this, map, form);
  }

  /** @internal */
  subscribe(map: string, form: ValueForm, subscriber: Subscriber): { readonly stop: () => boolean; readonly finish: () => Promise<void> } {
    const number = ++this.#last;
    const events = new MapEvents(this.#parts.slices);
    const stop = events.subscribe(subscriber);
    const wanted = subscriber.wanted ?? { types: [...subscriber.types], key: undefined, condition: undefined, naturalEventTypes: false };
    const subscription: Subscription = { map, number, form, wanted, events, told: new Set() };
    this.#subscriptions.set(number, subscription);
    this.#tell(subscription);
    const forget = (): void => {
      if (!this.#subscriptions.delete(number)) return;
      const { server, transport, membership } = this.#parts;
      for (const member of subscription.told) {
        if (member === membership.self) server.unsubscribe(member, number);
        else transport.post(member, 'event.unsubscribe', number);
      }
    };
    return {
      stop: () => {
        forget();
        return stop();
      },
      finish: () => {
        forget();
        return events.close();
      },
    };
  }

  /** @internal Resolves when all members of now know of all subscriptions of now; those that can't open the map learn of them when they can. */
  async settled(): Promise<void> {
    while (this.#asking.size > 0) await Promise.all(this.#asking);
  }

  /** Members that do not know of the subscription yet hear of it. */
  #tell(subscription: Subscription): void {
    const { membership } = this.#parts;
    for (const { id, lite } of membership.view.members) {
      if (lite || subscription.told.has(id)) continue;
      subscription.told.add(id);
      const tried = Promise.withResolvers<void>();
      const asking = tried.promise.finally(() => this.#asking.delete(asking));
      this.#asking.add(asking);
      void this.#ask(id, subscription, tried.resolve).finally(tried.resolve);
    }
  }

  /** Until it has answered, or is gone. `refused`: it can't open the map now; nobody is kept waiting for that. */
  async #ask(member: MemberId, subscription: Subscription, refused: () => void): Promise<void> {
    const { transport, membership, clock, server } = this.#parts;
    const { map, number, wanted, events } = subscription;
    if (member === membership.self) {
      const filter = changeFilter(wanted, subscription.form);
      await server
        .subscribe(member, map, number, wanted, (change) => {
          const { type, key, stored, before, at, count } = change;
          if (filter.types.has(type)) events.tell(type, key, stored, before, at, count);
        })
        .catch(() => subscription.told.delete(member));
      return;
    }
    const body: SubscribeBody = [map, number, wantedChangesToWire(wanted)];
    while (this.#subscriptions.get(number) === subscription && membership.view.members.some(({ id }) => id === member)) {
      try {
        await transport.request(member, 'event.subscribe', body, membership.leaseMs === Infinity ? {} : { timeoutMs: membership.leaseMs });
        return;
      } catch (error) {
        if (!(error instanceof LostCallError)) refused();
        await pause(clock, RETRY_MS);
      }
    }
    subscription.told.delete(member);
  }

  #changed([number, type, key, stored, before, at, count]: ChangeBody): void {
    const subscription = this.#subscriptions.get(number);
    if (subscription === undefined) return;
    const { form, events } = subscription;
    const value = (wire: unknown): unknown => (wire === undefined ? undefined : storedFromWire(form, wire));
    events.tell(type, key.length === 0 ? undefined : keyFromWire(key[0]), value(stored), value(before), at, count);
  }
}

/** What a map's users listen to. */
export class MapListening implements EventSource {
  readonly #events: RemoteEvents;
  readonly #map: string;
  readonly #form: ValueForm;
  readonly #finishing = new Set<() => Promise<void>>();

  constructor(events: RemoteEvents, map: string, form: ValueForm) {
    this.#events = events;
    this.#map = map;
    this.#form = form;
  }

  subscribe(subscriber: Subscriber): () => boolean {
    const { stop, finish } = this.#events.subscribe(this.#map, this.#form, subscriber);
    this.#finishing.add(finish);
    return () => {
      this.#finishing.delete(finish);
      return stop();
    };
  }

  settled(): Promise<void> {
    return this.#events.settled();
  }

  /** Ends when what was heard of is delivered. */
  async close(): Promise<void> {
    await Promise.all([...this.#finishing].map((finish) => finish()));
    this.#finishing.clear();
  }
}
