/** The newest view a member knows, and how it hears of newer ones: from the coordinator always, from other members sooner. */
import type { ClusterView, Coordinator, Snapshot } from '../api/coordinator.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Transport } from '../transport/transport.ts';
import type { Answered } from './answered.ts';
import { EMPTY_VIEW } from './local-coordinator.ts';
import { changeOf, withChange, type ViewChange } from './view-change.ts';

/** So long others may tell what changed before the coordinator is asked. */
const HINT_MS = 5;

type Listener = (view: ClusterView, before: ClusterView) => void;

export interface KnownViewParts {
  readonly transport: Transport;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly answered: Answered;
  /** Told of all that is read. */
  readonly read: (snapshot: Snapshot) => void;
  /** Told of each newer view before the listeners are. */
  readonly arrived: Listener;
}

export class KnownView {
  readonly #parts: KnownViewParts;
  readonly #listeners = new Set<Listener>();
  #view: ClusterView = EMPTY_VIEW;
  #reading: Promise<boolean> | undefined;
  #readingNext: Promise<boolean> | undefined;
  #hinted: Timer | undefined;
  #ended = false;

  constructor(parts: KnownViewParts) {
    this.#parts = parts;
    parts.transport.handle('cluster.view', (_, change) => this.#told(change as ViewChange)); // oxlint-disable-line typescript/no-unsafe-type-assertion -- from `learned`
  }

  get view(): ClusterView {
    return this.#view;
  }

  onView(listener: Listener): () => void {
    const own: Listener = (view, before) => listener(view, before);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  refresh(): Promise<boolean> {
    if (this.#reading === undefined) return this.#read();
    // The one under way may have been answered before what this caller wants to know of.
    const again = (): Promise<boolean> => {
      this.#readingNext = undefined;
      return this.#read();
    };
    return (this.#readingNext ??= this.#reading.then(again, again));
  }

  async atLeast(version: number): Promise<boolean> {
    if (this.#view.version < version && this.#reading !== undefined) await this.#reading;
    return this.#view.version >= version || this.refresh();
  }

  /** There is a newer view: if nobody tells what changed, the coordinator is asked. */
  hint(version: number): void {
    if (version <= this.#view.version || this.#hinted !== undefined || this.#ended) return;
    this.#hinted = this.#parts.clock.after(HINT_MS, () => {
      this.#hinted = undefined;
      if (version > this.#view.version) void this.refresh();
    });
  }

  /** What the coordinator says is there. `stored`: this member has just changed that view into it: the others hear of it, before what follows from it. */
  learned(view: ClusterView, stored: ClusterView | undefined): void {
    if (stored !== undefined && !this.#ended) {
      const { transport } = this.#parts;
      const change = changeOf(stored, view);
      for (const { id } of view.members) if (id !== transport.self) transport.post(id, 'cluster.view', change);
    }
    this.#install(view);
  }

  /** Nothing newer is known from now on. */
  end(): void {
    this.#ended = true;
    this.#hinted?.cancel();
  }

  #told(change: ViewChange): void {
    if (change.version <= this.#view.version) return;
    const next = withChange(this.#view, change);
    if (next === undefined) this.hint(change.version);
    else this.#install(next);
  }

  #read(): Promise<boolean> {
    const reading = this.#readOnce().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }

  async #readOnce(): Promise<boolean> {
    if (this.#ended) return false;
    const answer = await this.#parts.answered(this.#parts.coordinator.read());
    if (answer === undefined || this.#ended) return false;
    this.#parts.read(answer.value);
    this.#install(answer.value.view);
    return true;
  }

  #install(view: ClusterView): void {
    if (view.version <= this.#view.version || this.#ended) return;
    const before = this.#view;
    this.#view = view;
    this.#parts.arrived(view, before);
    for (const listener of Array.from(this.#listeners)) listener(view, before);
  }
}
