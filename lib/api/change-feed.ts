/** What a loader tells the map of changes that other programs make in the database (B4). */

/**
 * One change, as it was committed.
 *
 * `changed` says only that the row may be another one now, or gone, or new: the map reads it again. `upsert` and `delete` say what it is; they
 * spare the reading. They may be late: if the map has written the key since, `isDoubtful` says so, and the map reads the row again after all.
 */
export type Change<K, V> =
  | { readonly op: 'changed'; readonly key: K }
  /** The value must have been made for this call: from now on it belongs to the map. */
  | { readonly op: 'upsert'; readonly key: K; readonly value: V; isDoubtful?(): boolean }
  | { readonly op: 'delete'; readonly key: K; isDoubtful?(): boolean }
  /** All rows went at once. */
  | { readonly op: 'truncate' }
  /** Changes may have been missed: the map compares all it has with the database. */
  | { readonly op: 'gap'; readonly reason: string };

/** Where a feed puts its changes. */
export interface ChangeSink<K, V> {
  /**
   * Takes changes in the order of their commits, each not before a reading sees it; resolves when memory has them, so that they may be acknowledged and the next ones given: a feed
   * calls it one batch after the other. Errors of the store while it is applied are no affair of the feed's: they are met by trying again.
   * Rejects only when following is over (the signal is aborted).
   */
  apply(changes: readonly Change<K, V>[]): Promise<void>;
  /** Tells of a connection that is lost or found again; `failing`: there is one, but the database does not tell of changes. */
  report(state: 'following' | 'reconnecting' | 'failing', error?: unknown): void;
}

/** How far memory is behind the database; what is not known is left out. */
export interface FollowLag {
  /** Of the database's log, not yet applied. */
  readonly bytes?: number;
  /** Since the oldest change that is not applied yet was received; 0 when there is none. */
  readonly ms?: number;
}

/** Changes on their way, from when `follow` resolves until its signal is aborted. */
export interface ChangeFeed {
  /** `table`: all rows belong into the map, new ones too. `loaded`: only those that are in memory are followed. */
  readonly scope: 'table' | 'loaded';
  lag(): FollowLag;
  /** Resolves when the signal was aborted and nothing of the feed is under way any more. Never rejects. */
  readonly closed: Promise<void>;
}

/** How a map follows its database, as `getLocalMapStats().following` shows it. */
export interface FollowingStats {
  /**
   * `following`: changes arrive. `reconnecting`: the connection is lost; what is missed will be made up. `failing`: what changes are about can't be
   * read, or the database does not tell of changes any more, as `lastError` says; tried again, and made up. `stopped`: the map is closed.
   */
  readonly state: 'following' | 'reconnecting' | 'failing' | 'stopped';
  /** Milliseconds since the oldest change that is not in memory yet was received; undefined where the store can't say. */
  readonly lagMs: number | undefined;
  /** Bytes of the database's log that are not applied yet; undefined where the store can't say. */
  readonly lagBytes: number | undefined;
  /** Changes received since the map was made. */
  readonly changes: number;
  /** How often all was compared with the database, because changes may have been missed. */
  readonly resyncs: number;
  /** The last error, of the connection or of a reading; undefined when there was none. */
  readonly lastError: string | undefined;
}
