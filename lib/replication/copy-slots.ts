/** Snapshots that wait to be sent: few at a time, backups first, because commits wait for them. */
import type { PrimaryGroup } from './primary-group.ts';
import type { Role, Stream } from './stream.ts';

const AT_A_TIME = 4;
const FIRST: readonly Role[] = ['backup', 'learner', 'async'];

interface Copy {
  readonly group: PrimaryGroup;
  readonly stream: Stream;
}

export class CopySlots {
  readonly #active = new Set<Stream>();
  #waiting: Copy[] = [];

  /** Whether `begin` would begin something. */
  get hasNext(): boolean {
    return this.#active.size < AT_A_TIME && this.#waiting.some(isReady);
  }

  wait(group: PrimaryGroup, stream: Stream): void {
    this.#waiting.push({ group, stream });
  }

  ended(stream: Stream): void {
    this.#active.delete(stream);
  }

  /** At the end of a tick. */
  begin(): void {
    this.#waiting = this.#waiting.filter(({ group, stream }) => group.streams.get(stream.to) === stream);
    while (this.#active.size < AT_A_TIME) {
      const ready = this.#waiting.filter(isReady);
      const next = FIRST.map((role) => ready.find(({ stream }) => stream.role === role)).find((copy) => copy !== undefined);
      if (next === undefined) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#active.add(next.stream);
      next.group.copy(next.stream);
    }
  }
}

function isReady({ group }: Copy): boolean {
  return group.phase === 'serving' || group.phase === 'frozen';
}
