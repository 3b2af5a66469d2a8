/**
 * Changes of the view on their way to the coordinator: one compare-and-set at a time, with whatever has come up since the last one in it together.
 *
 * Who refused a change refused all that went with it: then each is made anew of the view that is there, and tried again. What nobody answered may have
 * happened or not, and may happen later still; all who wait are told that nobody knows.
 */
import type { ClusterView, Coordinator, ProposalExtras } from '../api/coordinator.ts';
import type { Answered } from './answered.ts';
import type { Outcome } from './membership.ts';

export type Change = (view: ClusterView, version: number) => ClusterView | undefined;

/** How often a change is made anew because another one was faster, before it is called refused. */
const ATTEMPTS = 6;

interface Waiting {
  readonly change: Change;
  readonly extras: ProposalExtras | undefined;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface ProposalsParts {
  readonly coordinator: Coordinator;
  /** The newest view that is known. */
  readonly view: () => ClusterView;
  /** Told what the coordinator says is there now; `stored`: that view was just changed into it. */
  readonly learned: (view: ClusterView, stored: ClusterView | undefined) => void;
  readonly answered: Answered;
}

export class Proposals {
  readonly #parts: ProposalsParts;
  readonly #waiting: Waiting[] = [];
  #busy = false;
  #closed = false;

  constructor(parts: ProposalsParts) {
    this.#parts = parts;
  }

  propose(change: Change, extras?: ProposalExtras): Promise<Outcome> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, extras, resolve, reject });
      if (!this.#busy) void this.#work();
    });
  }

  /** Nothing more goes out; what has not gone out is refused. */
  close(): void {
    this.#closed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#waiting.length > 0) await this.#attempts(this.#next());
    } finally {
      this.#busy = false;
    }
  }

  /** What goes together: one that does more than change the view goes alone. */
  #next(): Waiting[] {
    const alone = this.#waiting.findIndex(({ extras }) => extras !== undefined);
    return this.#waiting.splice(0, alone === 0 ? 1 : alone < 0 ? this.#waiting.length : alone);
  }

  async #attempts(batch: readonly Waiting[]): Promise<void> {
    let rest = batch;
    for (let attempt = 0; attempt < ATTEMPTS && rest.length > 0; attempt++) {
      if (this.#closed) break;
      const before = this.#parts.view();
      const made = composed(rest, before);
      rest = made.proposing;
      if (rest.length === 0) return;
      const answer = await this.#parts.answered(this.#parts.coordinator.propose(before.version, made.view, rest[0]?.extras));
      if (answer === undefined || answer.value.stored) {
        if (answer !== undefined) this.#parts.learned(answer.value.view, before);
        for (const { resolve } of rest) resolve(answer?.value.stored);
        return;
      }
      this.#parts.learned(answer.value.view, undefined);
      // Not because of its version: because somebody who was to be evicted has beaten.
      if (answer.value.view.version <= before.version) break;
    }
    for (const { resolve } of rest) resolve(false);
  }
}

/** All changes, each upon the one before; those that have nothing to propose, or fail, are told so. */
function composed(batch: readonly Waiting[], before: ClusterView): { readonly view: ClusterView; readonly proposing: Waiting[] } {
  const version = before.version + 1;
  let view = before;
  const proposing = batch.filter(({ change, resolve, reject }) => {
    try {
      const next = change(view, version);
      if (next === undefined) resolve(false);
      else view = next;
      return next !== undefined;
    } catch (error) {
      reject(error);
      return false;
    }
  });
  return { view: { ...view, version }, proposing };
}
