/** How maps begin and end on all members: prepared when somebody asks for them, given indexes, destroyed; and what a member that joins must know of them. */
import type { MemberInfo } from '../../api/coordinator.ts';
import type { MapOptions } from '../../api/instance.ts';
import { pause } from '../../base/pause.ts';
import { MapDestroyedError } from '../../errors.ts';
import type { IndexDefinition } from '../../indexes/index-contract.ts';
import type { Transport } from '../../transport/transport.ts';
import type { CallNetwork } from '../calls/call-search.ts';
import type { AddedConfig, Catalog } from './catalog.ts';
import { everywhere } from './everywhere.ts';

export interface MapLivesParts {
  readonly transport: Transport;
  readonly network: CallNetwork;
  readonly catalog: Catalog;
  /** This member's calls on the map end, with this error; whoever asks for the map again gets another one. */
  readonly endCalls: (map: string, refusal: () => Error) => void;
  /** The memory of the map goes, here and in the replicas of what lives here. */
  readonly forget: (map: string) => void;
}

const LOOK_MS = 5;

/** `version`: of the view that says what is each member's own. */
type Prepare = readonly [map: string, version: number];
type Destroy = readonly [map: string, timeoutMs: number];
type Configure = readonly [name: string, options: MapOptions, adds: boolean];
type AddIndex = readonly [map: string, definition: IndexDefinition];
/** What was added at run time: indexes of maps, and configurations. */
interface Known {
  readonly indexes: readonly (readonly [map: string, indexes: readonly IndexDefinition[]])[];
  readonly configs: readonly AddedConfig[];
}

export class MapLives {
  readonly #parts: MapLivesParts;

  constructor(parts: MapLivesParts) {
    this.#parts = parts;
    const { transport, catalog } = parts;
    transport.handle('map.prepare', (_, body) => this.#prepareHere(...(body as Prepare)));
    transport.handle('map.index', (_, body) => catalog.addIndex(...(body as AddIndex)));
    transport.handle('map.destroy', (_, body) => this.#destroyHere(...(body as Destroy)));
    transport.handle('map.known', (): Known => ({ indexes: catalog.addedIndexes(), configs: catalog.addedConfigs }));
    transport.handle('map.configure', (_, body) => catalog.configure(...(body as Configure)));
  }

  /** The map is open on all members that hold partitions: with its indexes and, if that is asked for, all that its store has. */
  prepare(map: string): Promise<void> {
    return everywhere(this.#parts, 'map.prepare', (version): Prepare => [map, version], holdsPartitions);
  }

  /** Errors: ERR_INDEX. */
  addIndex(map: string, definition: IndexDefinition): Promise<void> {
    return everywhere(this.#parts, 'map.index', (): AddIndex => [map, definition], holdsPartitions);
  }

  /** Adds a configuration on all members, or on none: they are asked first whether it may be. Errors: ERR_CONFIG. */
  async configure(name: string, options: MapOptions): Promise<void> {
    for (const adds of [false, true]) {
      await everywhere(
        this.#parts,
        'map.configure',
        (): Configure => [name, options, adds],
        () => true,
      );
    }
  }

  /** Closes the map on all members, and forgets what it had. Errors: ERR_MAP_STORE. */
  destroy(map: string, timeoutMs: number): Promise<void> {
    return everywhere(
      this.#parts,
      'map.destroy',
      (): Destroy => [map, timeoutMs],
      () => true,
    );
  }

  /** After joining: what was added to maps before. */
  async learn(): Promise<void> {
    const { network, transport, catalog } = this.#parts;
    const { membership } = network;
    const options = membership.leaseMs === Infinity ? {} : { timeoutMs: membership.leaseMs };
    const others = membership.view.members.filter((member) => holdsPartitions(member) && member.id !== network.self);
    // A member that can't be asked is not the only one that knows.
    const answers = await Promise.allSettled(others.map(({ id }) => transport.request(id, 'map.known', undefined, options)));
    for (const answer of answers) {
      if (answer.status === 'rejected') continue;
      const { indexes: added, configs } = answer.value as Known;
      for (const { name, options: config } of configs) catalog.configure(name, config, true);
      for (const [map, indexes] of added) for (const index of indexes) catalog.note(map, index);
    }
  }

  async #prepareHere(map: string, version: number): Promise<void> {
    const { catalog, network } = this.#parts;
    await network.membership.atLeast(version);
    const { open, config } = await catalog.open(map);
    await this.#served();
    // What came meanwhile is loaded after the rest.
    await open.prepare({ eager: config.mapStore?.initialMode === 'EAGER', indexes: config.indexes });
  }

  /** Resolves when this member serves all that is its own, or can't for longer than anybody would wait. */
  async #served(): Promise<void> {
    const { self, clock, membership, replication, callTimeoutMs, newerView } = this.#parts.network;
    const until = clock.now() + callTimeoutMs;
    const isMissing = (): boolean =>
      membership.view.partitions.some(({ primary }, partition) => primary === self && !replication.serves(partition));
    while (isMissing() && clock.now() < until) await pause(clock, LOOK_MS, newerView(), true);
  }

  async #destroyHere(map: string, timeoutMs: number): Promise<void> {
    const { catalog, endCalls, forget } = this.#parts;
    const refusal = (): Error => new MapDestroyedError(`map '${map}' was destroyed: ask for it by getMap again`);
    endCalls(map, refusal);
    try {
      await catalog.close(map, refusal, timeoutMs);
    } finally {
      catalog.forget(map);
      forget(map);
    }
  }
}

function holdsPartitions({ lite }: MemberInfo): boolean {
  return !lite;
}
