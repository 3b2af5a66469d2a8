/** A coordinator in this thread's memory: for members of one process, for worker threads (served to them), and for tests. */
import type { Beats, ClusterView, Coordinator, Proposed, ProposalExtras, Snapshot } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { InstanceClosedError } from '../errors.ts';

/** What a cluster begins with. */
export const EMPTY_VIEW: ClusterView = Object.freeze({ version: 0, members: Object.freeze([]), partitions: Object.freeze([]) });

/** Answers in a microtask, never fails. Views are shared, not copied: nobody may change one. */
export class LocalCoordinator implements Coordinator {
  readonly #watching = new Set<(version: number) => void>();
  #view: ClusterView = EMPTY_VIEW;
  #beats = new Map<MemberId, number>();
  #closed = false;

  async read(): Promise<Snapshot> {
    this.#open();
    return { view: this.#view, beats: this.#copyOfBeats() };
  }

  async propose(expected: number, next: ClusterView, extras: ProposalExtras = {}): Promise<Proposed> {
    this.#open();
    if (this.#view.version !== expected || this.#haveBeaten(extras)) return { stored: false, view: this.#view };
    for (const { id } of extras.evict ?? []) this.#beats.delete(id);
    if (extras.leave !== undefined) this.#beats.delete(extras.leave);
    if (extras.join !== undefined && !this.#beats.has(extras.join)) this.#beats.set(extras.join, 1);
    this.#view = { ...next, version: expected + 1 };
    for (const listener of this.#watching) void Promise.resolve(expected + 1).then(listener);
    return { stored: true, view: this.#view };
  }

  async renew(self: MemberId): Promise<{ readonly version: number; readonly beats: Beats } | undefined> {
    this.#open();
    const beat = this.#beats.get(self);
    if (beat === undefined) return undefined;
    this.#beats.set(self, beat + 1);
    return { version: this.#view.version, beats: this.#copyOfBeats() };
  }

  watch(onVersion: (version: number) => void): () => void {
    const listener = (version: number): void => {
      if (this.#watching.has(listener)) onVersion(version);
    };
    this.#watching.add(listener);
    return () => void this.#watching.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watching.clear();
  }

  /** Whether one of those to be evicted has given a sign of life since its eviction was decided, or is gone already. */
  #haveBeaten({ evict = [] }: ProposalExtras): boolean {
    return evict.some(({ id, beat }) => beat !== undefined && this.#beats.get(id) !== beat);
  }

  #copyOfBeats(): Beats {
    return new Map(this.#beats);
  }

  #open(): void {
    if (this.#closed) throw new InstanceClosedError('the coordinator was closed');
  }
}
