/** What a call on everything has yet to ask, of whom, and for how long it goes on trying. */
import { onAbort } from '../../base/patience.ts';
import { backOff, pause } from '../../base/pause.ts';
import type { Clock } from '../../base/clock.ts';
import type { Membership } from '../../cluster/membership.ts';
import { AbortedError } from '../../errors.ts';
import type { MemberId } from '../../api/transport.ts';

export interface SearchParts {
  readonly clock: Clock;
  readonly membership: Membership;
  readonly timeoutMs: number;
}

/** Partitions of one primary. */
export interface Group {
  readonly member: MemberId;
  readonly partitions: number[];
}

const PAUSE_FIRST_MS = 4;
const PAUSE_LONGEST_MS = 250;

export class QuerySearch {
  readonly #parts: SearchParts;
  readonly #signal: AbortSignal | undefined;
  /** Partitions that nobody has answered about. */
  #left: readonly number[];
  #deadline: number;
  #failures = 0;
  /** The newest version that anybody has told of. */
  #version = 0;
  /** Version of the view by which was last asked. */
  #askedBy = 0;

  constructor(parts: SearchParts, asked: readonly number[], signal: AbortSignal | undefined) {
    this.#parts = parts;
    this.#left = asked;
    this.#signal = signal;
    this.#deadline = parts.clock.now() + parts.timeoutMs;
  }

  get left(): readonly number[] {
    return this.#left;
  }

  /** Nobody has answered about any partition for so long that it is given up. */
  get isOver(): boolean {
    return this.#parts.clock.now() >= this.#deadline;
  }

  /** Whom to ask for what, in the order of members; partitions without a primary are left out. */
  groups(): readonly Group[] {
    const { view } = this.#parts.membership;
    this.#askedBy = view.version;
    const groups = new Map<MemberId, Group>();
    for (const { id } of view.members) groups.set(id, { member: id, partitions: [] });
    for (const partition of this.#left) {
      const primary = view.partitions[partition]?.primary;
      if (primary !== undefined) groups.get(primary)?.partitions.push(partition);
    }
    return [...groups.values()].filter(({ partitions }) => partitions.length > 0);
  }

  /** Those that hold partitions, whichever. */
  holders(): readonly MemberId[] {
    const { view } = this.#parts.membership;
    this.#askedBy = view.version;
    return view.members.filter(({ lite }) => !lite).map(({ id }) => id);
  }

  /** There is an answer about these. */
  answered(partitions: readonly number[]): void {
    if (partitions.length === 0) return;
    const done = new Uint8Array(1 + Math.max(...partitions));
    for (const partition of partitions) done[partition] = 1;
    this.#left = this.#left.filter((partition) => done[partition] !== 1);
    this.#deadline = this.#parts.clock.now() + this.#parts.timeoutMs;
    this.#failures = 0;
  }

  /** Somebody goes on working. */
  alive(): void {
    this.#deadline = this.#parts.clock.now() + this.#parts.timeoutMs;
  }

  /** There is such a version of the view. */
  heard(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  /** Before what is left is asked again: learns who holds what, and waits a little, longer each time, unless there is a newer view. Throws AbortedError. */
  async pause(): Promise<void> {
    const { clock, membership } = this.#parts;
    const known = this.#askedBy;
    if (membership.view.version !== known) return this.check();
    const waiting = new AbortController();
    const unlisten = membership.onView(() => waiting.abort());
    const listening = onAbort(this.#signal, () => waiting.abort());
    try {
      const asking = this.#version > known ? membership.atLeast(this.#version) : this.#failures > 1 ? membership.refresh() : undefined;
      asking?.catch(() => undefined);
      const waitMs = PAUSE_FIRST_MS / 2 + backOff(clock, this.#failures++, PAUSE_FIRST_MS, PAUSE_LONGEST_MS);
      if (membership.view.version === known) await pause(clock, waitMs, waiting.signal, true);
    } finally {
      unlisten();
      listening.cancel();
    }
    this.check();
  }

  /** Throws AbortedError. */
  check(): void {
    if (this.#signal?.aborted === true) throw new AbortedError('the call was aborted while it waited', { cause: this.#signal.reason });
  }
}
