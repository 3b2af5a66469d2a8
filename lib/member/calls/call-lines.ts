/**
 * Numbers of a member's calls. A call that changes something has one, so that it is done once however often it must be asked for; who serves it keeps
 * the answer until it hears, by a later call of the same line, that nobody waits for it any more.
 *
 * One call that takes long keeps the answers of all later ones of its line. So calls that may wait have another line than short ones, and a line
 * that has grown long behind one call is left to it: those who come later begin a new one.
 */
import type { CallId } from '../../replication/replication.ts';
import type { MemberId } from '../../api/transport.ts';

/** Most calls between the oldest that has not ended and the next one. */
const LENGTH_MAX = 4096;

export class CallLines {
  readonly #caller: MemberId;
  readonly #current: { short: Line; long: Line };
  #lines = 0;

  constructor(caller: MemberId) {
    this.#caller = caller;
    this.#current = { short: this.#begin(), long: this.#begin() };
  }

  /** A call begins; `end` it, however it ends. */
  next(kind: 'short' | 'long'): Line {
    const line = this.#current[kind];
    return line.length < LENGTH_MAX ? line : (this.#current[kind] = this.#begin());
  }

  /** The id of a call, as of now. */
  idOf(line: Line, number: number): CallId {
    return { caller: this.#caller, line: line.line, number, doneBelow: line.doneBelow };
  }

  #begin(): Line {
    return new Line(this.#lines++);
  }
}

export class Line {
  readonly line: number;
  /** All calls below have ended. */
  doneBelow = 1;
  #next = 1;
  /** Those from `doneBelow` on that have ended. */
  readonly #ended = new Set<number>();

  constructor(line: number) {
    this.line = line;
  }

  get length(): number {
    return this.#next - this.doneBelow;
  }

  begin(): number {
    return this.#next++;
  }

  end(number: number): void {
    if (number !== this.doneBelow) {
      this.#ended.add(number);
      return;
    }
    this.doneBelow++;
    while (this.#ended.size > 0 && this.#ended.delete(this.doneBelow)) this.doneBelow++;
  }
}
