/** A store for tests that follows: a map of rows, changed by "others" behind the map's back, and told of by hand. */
import type { Change, ChangeFeed, ChangeSink } from '../../lib/api/change-feed.ts';
import type { FailureKind, MapLoaderLifecycle, MapStore } from '../../lib/api/map-store.ts';

export class FeedStore implements MapStore<number, string>, MapLoaderLifecycle {
  readonly rows: Map<number, string>;
  /** The keys of each reading, the initial load aside. */
  readonly reads: (readonly number[])[] = [];
  readonly events: string[] = [];
  scope: ChangeFeed['scope'] = 'table';
  /** Thrown by readings while it gives something. */
  failure: (keys: readonly number[]) => Error | undefined = () => undefined;
  kind: FailureKind | undefined = 'connection';
  /** Awaited by readings, by writes before and after they are made, and by the initial load. */
  readGate: Promise<void> | undefined;
  writeGate: Promise<void> | undefined;
  answerGate: Promise<void> | undefined;
  loadGate: Promise<void> | undefined;
  #sink: ChangeSink<number, string> | undefined;

  constructor(rows: Iterable<readonly [number, string]> = []) {
    this.rows = new Map(rows);
  }

  async follow(sink: ChangeSink<number, string>, signal: AbortSignal): Promise<ChangeFeed> {
    this.events.push('follow');
    this.#sink = sink;
    const closed = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        this.events.push('unfollow');
        resolve();
      });
    });
    return { scope: this.scope, lag: () => ({ ms: 0 }), closed };
  }

  tell(...changes: Change<number, string>[]): Promise<void> {
    return this.#sink!.apply(changes);
  }

  report(state: 'following' | 'reconnecting', error?: unknown): void {
    this.#sink!.report(state, error);
  }

  async load(key: number): Promise<string | undefined> {
    return (await this.loadAll([key])).get(key);
  }

  async loadAll(keys: readonly number[]): Promise<Map<number, string>> {
    this.reads.push([...keys]);
    await this.readGate;
    const failure = this.failure(keys);
    if (failure !== undefined) throw failure;
    return new Map(keys.flatMap((key) => (this.rows.has(key) ? [[key, this.rows.get(key)!] as const] : [])));
  }

  async loadAllKeys(): Promise<number[]> {
    this.events.push('load');
    const keys = [...this.rows.keys()];
    await this.loadGate;
    return keys;
  }

  async store(key: number, value: string): Promise<void> {
    await this.writeGate;
    this.rows.set(key, value);
    await this.answerGate;
  }

  async delete(key: number): Promise<void> {
    await this.writeGate;
    this.rows.delete(key);
  }

  failureKind(): FailureKind | undefined {
    return this.kind;
  }

  destroy(): void {
    this.events.push('destroy');
  }
}
