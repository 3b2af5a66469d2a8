/** Tells other members of the changes that somebody there listens to: each change of an entry that lives here, while it is open. */
import type { MemberId } from '../../api/transport.ts';
import type { EntryEventType } from '../../api/entry-event.ts';
import type { Membership } from '../../cluster/membership.ts';
import { keyToWire, storedToWire } from '../../data/codec.ts';
import type { ValueForm } from '../../data/value.ts';
import { changeFilter, wantedChangesFromWire } from '../../operations/change-filter.ts';
import type { EntryChange, Subscriber, WantedChanges } from '../../operations/map-events.ts';
import type { Transport } from '../../transport/transport.ts';
import type { Catalog, HeldMap } from '../cluster/catalog.ts';

/** `event.subscribe`: the subscription's number is the subscriber's. */
export type SubscribeBody = readonly [map: string, subscription: number, wanted: unknown];

/** `event.change`. */
export type ChangeBody = readonly [
  subscription: number,
  type: EntryEventType,
  key: readonly [unknown?],
  stored: unknown,
  before: unknown,
  at: number,
  count: number,
];

export interface EventServerParts {
  readonly transport: Transport;
  readonly membership: Membership;
  readonly catalog: Catalog;
}

/** Called with each change; must not throw. */
type Tell = (change: EntryChange, form: ValueForm) => void;

export class EventServer {
  readonly #catalog: Catalog;
  /** What ends them, by member and number. */
  readonly #subscriptions = new Map<MemberId, Map<number, () => void>>();

  constructor({ transport, membership, catalog }: EventServerParts) {
    this.#catalog = catalog;
    transport.handle('event.subscribe', (from, body) => {
      const [map, subscription, wire] = body as SubscribeBody;
      const tell: Tell = (change, form) => transport.post(from, 'event.change', changeBody(subscription, change, form));
      return this.subscribe(from, map, subscription, wantedChangesFromWire(wire), tell);
    });
    transport.handle('event.unsubscribe', (from, subscription) => this.unsubscribe(from, subscription as number));
    membership.onView((view) => {
      for (const [member, subscriptions] of this.#subscriptions) {
        if (view.members.some(({ id }) => id === member)) continue;
        for (const stop of subscriptions.values()) stop();
        this.#subscriptions.delete(member);
      }
    });
  }

  /**
   * Again under the same number: the same subscription. At once when the map is open: calls that come next must be heard of. Errors: those of opening the
   * map; nothing is subscribed then.
   */
  async subscribe(from: MemberId, map: string, subscription: number, wanted: WantedChanges, tell: Tell): Promise<void> {
    const subscriptions = this.#of(from);
    if (subscriptions.has(subscription)) return;
    const open = this.#catalog.held(map);
    if (open !== undefined) {
      subscriptions.set(subscription, listen(open, wanted, tell));
      return;
    }
    let isWanted = true;
    const forget = (): void => void (isWanted = false);
    subscriptions.set(subscription, forget);
    try {
      const held = await this.#catalog.open(map);
      if (isWanted) subscriptions.set(subscription, listen(held, wanted, tell));
    } catch (error) {
      if (subscriptions.get(subscription) === forget) subscriptions.delete(subscription); // whoever asks again tries again
      throw error;
    }
  }

  unsubscribe(from: MemberId, subscription: number): void {
    const subscriptions = this.#subscriptions.get(from);
    subscriptions?.get(subscription)?.();
    subscriptions?.delete(subscription);
  }

  #of(member: MemberId): Map<number, () => void> {
    let subscriptions = this.#subscriptions.get(member);
    if (subscriptions === undefined) this.#subscriptions.set(member, (subscriptions = new Map()));
    return subscriptions;
  }
}

function listen({ open: { home } }: HeldMap, wanted: WantedChanges, tell: Tell): () => void {
  const { form } = home.records;
  const filter = changeFilter(wanted, form);
  const isTold = (change: EntryChange): boolean => {
    try {
      return filter.typeOf(change) !== undefined;
    } catch {
      return true; // a getter of a value throws: whoever listens hears of it
    }
  };
  const subscriber: Subscriber = {
    types: filter.types,
    deliver: (change) => {
      if (isTold(change)) tell(change, form);
    },
    end: () => undefined,
  };
  return home.events.subscribe(subscriber);
}

function changeBody(subscription: number, { type, key, stored, before, at, count }: EntryChange, form: ValueForm): ChangeBody {
  const wire = (value: unknown): unknown => (value === undefined ? undefined : storedToWire(form, value));
  return [subscription, type, key === undefined ? [] : [keyToWire(key)], wire(stored), wire(before), at, count];
}
