/**
 * The owner's part of near caches: tells the members that have one which keys have changed.
 *
 * A stream leads to each of these members. At the end of each tick in which something changed there goes one message with the next number of the
 * stream, together with the answers of the calls that changed it, or before them: answers wait for backups, messages don't. A stream ends when its
 * member has left the cluster, as far as is known here; the next one has another name. So the receiver sees what it has missed by names and numbers alone.
 *
 * New entries are not told of: nobody can have the value of a key that was not there, for whoever had one was told when it went.
 */
import type { MemberId } from '../api/transport.ts';
import { keyToWire } from '../data/codec.ts';
import { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';
import {
  INVALIDATE,
  SEQUENCES,
  type Invalidate,
  type MapChange,
  type NearMembership,
  type NearTransport,
  type ReadStamp,
  type Sequences,
  type SequencesAsked,
} from './near-network.ts';

/** To one member. */
interface Stream {
  readonly to: MemberId;
  readonly stamp: { readonly stream: number; seq: number };
  maps: ReadonlySet<string>;
}

/** Of one map: told by its memory of each change of an entry that was there. */
export class MapInvalidations {
  readonly name: string;
  readonly #onFirst: () => void;
  /** Whether anybody wants to know: nothing needs to be told otherwise. */
  isWatched = false;
  #keys = new KeyMap<{ readonly key: StoredKey; readonly partition: number }>();
  #partitions = new Set<number>();

  /** `onFirst` is called when there is something to tell, once until it is taken. */
  constructor(name: string, onFirst: () => void) {
    this.name = name;
    this.#onFirst = onFirst;
  }

  /** For the map's memory: `key` left out means that all entries of the partition go. */
  readonly told = (partition: number, key: StoredKey | undefined): void => {
    if (!this.isWatched) return;
    if (key === undefined) this.cleared(partition);
    else this.changed(key, partition);
  };

  /** The value of the key changes, or the entry goes, in this tick. */
  changed(key: StoredKey, partition: number): void {
    if (!this.isWatched) return;
    if (this.#isEmpty) this.#onFirst();
    this.#keys.set(key, { key, partition });
  }

  /** All entries of the partition go, in this tick. */
  cleared(partition: number): void {
    if (!this.isWatched) return;
    if (this.#isEmpty) this.#onFirst();
    this.#partitions.add(partition);
  }

  /** What was told since last taken, by partition. */
  take(): MapChange[] {
    const keys = new Map<number, unknown[]>();
    for (const { key, partition } of this.#keys.values()) {
      if (this.#partitions.has(partition)) continue;
      const others = keys.get(partition);
      if (others === undefined) keys.set(partition, [keyToWire(key)]);
      else others.push(keyToWire(key));
    }
    const changes: MapChange[] = Array.from(this.#partitions, (partition) => [this.name, partition, 0]);
    for (const [partition, wires] of keys) changes.push([this.name, partition, wires]);
    this.#keys = new KeyMap();
    this.#partitions = new Set();
    return changes;
  }

  get #isEmpty(): boolean {
    return this.#keys.size === 0 && this.#partitions.size === 0;
  }
}

export interface InvalidationsParts {
  readonly transport: NearTransport;
  readonly membership: NearMembership;
}

export class Invalidations {
  readonly #transport: NearTransport;
  readonly #membership: NearMembership;
  readonly #maps = new Map<string, MapInvalidations>();
  readonly #streams = new Map<MemberId, Stream>();
  #lastStream = 0;
  /** Maps with changes that were not posted yet. */
  #changed: MapInvalidations[] = [];
  readonly #stop: () => void;

  constructor({ transport, membership }: InvalidationsParts) {
    this.#transport = transport;
    this.#membership = membership;
    transport.handle(SEQUENCES, (from, body) => this.#sequences(from, body as SequencesAsked));
    this.#stop = membership.onView((view) => {
      const members = new Set(view.members.map(({ id }) => id));
      for (const member of this.#streams.keys()) if (!members.has(member)) this.#streams.delete(member);
      this.#watch();
    });
  }

  /** The one of that name, for its memory. */
  map(name: string): MapInvalidations {
    let map = this.#maps.get(name);
    if (map === undefined) {
      const made = new MapInvalidations(name, () => this.#first(made));
      this.#maps.set(name, (map = made));
      map.isWatched = this.#isWatched(name);
    }
    return map;
  }

  /** For the answer to a read of that member: to be taken before the value is looked at. `undefined`: it is not told of changes of the map. */
  stampFor(reader: MemberId, map: string): ReadStamp | undefined {
    const stream = this.#streams.get(reader);
    return stream?.maps.has(map) === true ? { ...stream.stamp } : undefined;
  }

  close(): void {
    this.#stop();
    this.#streams.clear();
    this.#watch();
  }

  /** Refused when this member does not know whether others have taken its place. */
  #sequences(from: MemberId, { maps }: SequencesAsked): Sequences | undefined {
    if (!this.#membership.mayServe()) return undefined;
    let stream = this.#streams.get(from);
    if (stream === undefined) {
      stream = { to: from, stamp: { stream: ++this.#lastStream, seq: 0 }, maps: new Set() };
      this.#streams.set(from, stream);
    }
    stream.maps = new Set(maps);
    this.#watch();
    return { ...stream.stamp, version: this.#membership.view.version };
  }

  #watch(): void {
    for (const stream of this.#streams.values()) for (const name of stream.maps) this.map(name);
    for (const map of this.#maps.values()) map.isWatched = this.#isWatched(map.name);
  }

  #isWatched(name: string): boolean {
    for (const { maps } of this.#streams.values()) if (maps.has(name)) return true;
    return false;
  }

  #first(map: MapInvalidations): void {
    if (this.#changed.length === 0) this.#transport.atTickEnd(() => this.#post());
    this.#changed.push(map);
  }

  #post(): void {
    const taken = this.#changed.map((map) => ({ name: map.name, changes: map.take() }));
    this.#changed = [];
    for (const { to, stamp, maps } of this.#streams.values()) {
      const changes = taken.filter(({ name }) => maps.has(name)).flatMap((map) => map.changes);
      if (changes.length === 0) continue;
      stamp.seq++;
      const message: Invalidate = { ...stamp, changes };
      this.#transport.post(to, INVALIDATE, message);
    }
  }
}
