/** A map that follows its database (B4): begins before the first load, ends before the store is closed, and says how it stands. */
import type { ChangeFeed, FollowingStats } from '../api/change-feed.ts';
import { CHANNELS } from '../base/diagnostics.ts';
import { ConfigError } from '../errors.ts';
import { Follower } from '../operations/following/follow.ts';
import type { MapHome } from '../operations/home.ts';
import type { KeyAddresser } from '../operations/load-from-store.ts';

type State = FollowingStats['state'];

export class Following {
  readonly #home: MapHome;
  readonly #follower: Follower;
  #feed: ChangeFeed | undefined;
  #isFilled = false;
  /** As the feed says. */
  #reported: 'following' | 'reconnecting' | 'failing' = 'following';
  #isTroubled = false;
  #state: State = 'following';
  #lastError: string | undefined;

  /** `undefined` when the store does not follow. Errors: ERR_CONFIG, ERR_MAP_STORE, ERR_STORE_SCHEMA. */
  static async start(home: MapHome, addresses: KeyAddresser): Promise<Following | undefined> {
    if (home.store?.follows !== true) return undefined;
    const following = new Following(home, addresses);
    return (await following.#start()) ? following : undefined;
  }

  private constructor(home: MapHome, addresses: KeyAddresser) {
    this.#home = home;
    this.#follower = new Follower({
      home,
      addresses,
      signal: home.closing,
      isWanted: () => this.#isFilled && this.#feed?.scope === 'table',
      onTrouble: (error) => {
        this.#isTroubled = error !== undefined;
        this.#note(error);
      },
    });
  }

  /** The initial load begins: from now on rows that are new belong into memory, where the map has the whole table. */
  fill(): void {
    if (this.#isFilled) return;
    this.#isFilled = true;
    this.#follower.doubt(); // rows that were new before
  }

  /** Memory has what came before this member followed. */
  attached(): void {
    this.#follower.doubt();
  }

  /** A partition has come from another member. */
  came(partition: number): void {
    this.#follower.came(partition);
  }

  stats(): FollowingStats {
    const lag = this.#feed?.lag();
    const { changes, resyncs } = this.#follower;
    return Object.freeze({ state: this.#state, lagMs: lag?.ms, lagBytes: lag?.bytes, changes, resyncs, lastError: this.#lastError });
  }

  /** Resolves when nothing of it is under way any more; comes after the abort of `home.closing`. */
  async closed(): Promise<void> {
    await this.#feed?.closed;
    await this.#follower.settled();
  }

  async #start(): Promise<boolean> {
    const { store, closing, name } = this.#home;
    this.#feed = await store!.follow(
      {
        apply: (changes) => this.#follower.apply(changes),
        report: (state, error) => {
          this.#reported = state;
          this.#note(error);
        },
      },
      closing,
    );
    if (this.#feed === undefined) return false;
    closing.addEventListener('abort', () => this.#note(undefined), { once: true });
    if (!store!.loads) throw new ConfigError(`map '${name}': a store that follows the database needs \`load\` or \`loadAll\``);
    return true;
  }

  #note(error: unknown): void {
    if (error !== undefined) this.#lastError = messageOf(error);
    const state = this.#stateNow();
    if (state === this.#state) return;
    this.#state = state;
    const { following } = CHANNELS;
    if (following.hasSubscribers) following.publish({ map: this.#home.name, state, error });
  }

  #stateNow(): State {
    if (this.#home.closing.aborted) return 'stopped';
    return this.#reported === 'following' && this.#isTroubled ? 'failing' : this.#reported;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
