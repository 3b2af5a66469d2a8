/**
 * All near caches of a member: sees to it that they are told of changes wherever the entries live, and drops what may have changed unheard.
 *
 * A partition is dropped when its primary changes or begins a new term, as changes may have been told by somebody else or to nobody; all partitions of
 * an owner when the link to it breaks or a message is missing. Partitions that live here are not covered.
 */
import type { ClusterView } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import type { NearCacheConfig } from '../config/map-config.ts';
import { keyFromWire } from '../data/codec.ts';
import { hashKey } from '../data/key.ts';
import { NearCache, type Coverage } from './near-cache.ts';
import { INVALIDATE, type Invalidate, type NearMembership, type NearTransport } from './near-network.ts';
import { OwnerLink } from './owner-link.ts';

export interface NearCachesParts {
  readonly transport: NearTransport;
  readonly membership: NearMembership;
  readonly clock: Clock;
  readonly partitionCount: number;
}

interface Held {
  readonly cache: NearCache;
  /** Whether entries go when they change elsewhere. */
  readonly isTold: boolean;
}

/** Of maps whose entries stay until their time is over. */
const UNTOLD: Coverage = { freshUntil: Infinity, accepts: () => true };

export class NearCaches {
  readonly #parts: NearCachesParts;
  readonly #held = new Map<string, Held>();
  readonly #links = new Map<MemberId, OwnerLink>();
  readonly #stops: (() => void)[];

  constructor(parts: NearCachesParts) {
    this.#parts = parts;
    const { transport, membership } = parts;
    transport.handle(INVALIDATE, (from, body) => this.#invalidate(from, body as Invalidate));
    this.#stops = [
      transport.onDown((member) => this.#links.get(member)?.lost()),
      membership.onView((view, before) => this.#onView(view, before)),
    ];
  }

  /** The near cache of a map, empty; in place of the one it had. */
  open(name: string, config: NearCacheConfig): NearCache {
    this.close(name);
    const { partitionCount, clock } = this.#parts;
    const held = { cache: new NearCache({ config, partitionCount, clock }), isTold: config.invalidateOnChange };
    this.#held.set(name, held);
    this.#link(this.#parts.membership.view);
    this.#parts.membership.view.partitions.forEach(({ primary }, partition) => this.#cover(held, partition, primary));
    if (held.isTold) for (const link of this.#links.values()) link.ask();
    return held.cache;
  }

  close(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    this.#held.delete(name);
    held.cache.close();
    if (held.isTold) for (const link of this.#links.values()) link.ask();
  }

  /** Closes all of them. */
  stop(): void {
    for (const stop of this.#stops) stop();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    for (const { cache } of this.#held.values()) cache.close();
    this.#held.clear();
  }

  #invalidate(from: MemberId, message: Invalidate): void {
    for (const [map, partition, keys] of message.changes) {
      const cache = this.#held.get(map)?.cache;
      if (cache === undefined) continue;
      if (keys === 0) cache.drop(partition);
      else
        for (const wire of keys) {
          const key = keyFromWire(wire);
          cache.invalidate({ key, hash: hashKey(key), partition });
        }
    }
    this.#links.get(from)?.came(message);
  }

  #onView(view: ClusterView, before: ClusterView): void {
    if (this.#held.size === 0) return;
    this.#link(view);
    view.partitions.forEach(({ primary, term }, partition) => {
      const previous = before.partitions[partition];
      if (previous?.primary === primary && previous?.term === term) return;
      for (const held of this.#held.values()) this.#cover(held, partition, primary);
    });
  }

  /** A link to each member that may hold partitions. */
  #link({ members }: ClusterView): void {
    const owners = new Set(members.filter(({ id, lite }) => !lite && id !== this.#parts.membership.self).map(({ id }) => id));
    for (const [owner, link] of this.#links) {
      if (owners.has(owner)) continue;
      link.close();
      this.#links.delete(owner);
    }
    for (const owner of owners) {
      if (this.#links.has(owner)) continue;
      const link = new OwnerLink({ ...this.#parts, owner, maps: () => this.#told(), onMissed: () => this.#dropAllOf(owner) });
      this.#links.set(owner, link);
      if (this.#told().length > 0) link.ask();
    }
  }

  #told(): string[] {
    return [...this.#held].filter(([, { isTold }]) => isTold).map(([name]) => name);
  }

  #cover({ cache, isTold }: Held, partition: number, primary: MemberId | undefined): void {
    const { self } = this.#parts.membership;
    if (isTold) cache.cover(partition, primary === undefined ? undefined : this.#links.get(primary));
    else if (primary === self) cache.cover(partition, undefined);
    else if (!cache.covers(partition)) cache.cover(partition, UNTOLD);
  }

  #dropAllOf(owner: MemberId): void {
    this.#parts.membership.view.partitions.forEach(({ primary }, partition) => {
      if (primary !== owner) return;
      for (const { cache, isTold } of this.#held.values()) if (isTold) cache.drop(partition);
    });
  }
}
