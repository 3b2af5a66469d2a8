/**
 * The answers of a partition's calls, kept until their callers have them: a call that is repeated, because its answer was lost or its primary died, gets
 * the first answer and is not run again.
 */
import type { CallerLine, Callers } from './callers.ts';
import type { ClusterView } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { ANSWER_PLACES, type AnswersOnWire } from './messages.ts';

/** One call. */
export interface Kept {
  readonly number: number;
  /** Batch that must be committed before the answer is given. */
  seq: number;
  answer: unknown;
  /** While it runs. */
  running: Promise<unknown> | undefined;
}

export class KeptAnswers {
  #lines = new Map<CallerLine, Kept[]>();

  find(line: CallerLine, number: number): Kept | undefined {
    const calls = this.#lines.get(line);
    if (calls === undefined) return undefined;
    for (const kept of calls) if (kept.number === number) return kept;
    return undefined;
  }

  /** Keeps a call, and forgets those of its line that have ended. */
  add(line: CallerLine, kept: Kept): void {
    const calls = this.#lines.get(line);
    if (calls === undefined) {
      this.#lines.set(line, [kept]);
      return;
    }
    forgetEnded(calls, line.doneBelow);
    calls.push(kept);
  }

  remove(line: CallerLine, kept: Kept): void {
    const calls = this.#lines.get(line);
    const position = calls === undefined ? -1 : calls.indexOf(kept);
    if (position >= 0) calls!.splice(position, 1);
  }

  /** Forgets calls that have ended, and callers that have left. */
  prune(): void {
    for (const [line, calls] of this.#lines) {
      if (!line.isGone) forgetEnded(calls, line.doneBelow);
      if (line.isGone || calls.length === 0) this.#lines.delete(line);
    }
  }

  /** Takes what a primary sent. */
  take(answers: AnswersOnWire, callers: Callers, view: ClusterView, version: number): void {
    for (let i = 0; i < answers.length; i += ANSWER_PLACES) {
      const line = callers.line(answers[i] as MemberId, answers[i + 1] as number, view, version);
      if (line === undefined) continue;
      const number = answers[i + 2] as number;
      const doneBelow = answers[i + 3] as number;
      if (doneBelow > line.doneBelow) line.doneBelow = doneBelow;
      if (number < line.doneBelow) continue;
      const before = this.find(line, number);
      if (before !== undefined) this.remove(line, before);
      this.add(line, { number, seq: answers[i + 4] as number, answer: answers[i + 5], running: undefined });
    }
  }

  /** All that have an answer, as they travel. */
  toWire(): AnswersOnWire {
    const answers: unknown[] = [];
    for (const [line, calls] of this.#lines)
      for (const { number, seq, answer, running } of calls)
        if (running === undefined && number >= line.doneBelow) answers.push(line.caller, line.line, number, line.doneBelow, seq, answer);
    return answers;
  }

  /** Forgets calls that have no answer: another member runs them. */
  forgetRunning(): void {
    for (const calls of this.#lines.values())
      for (const kept of calls.slice()) if (kept.running !== undefined) calls.splice(calls.indexOf(kept), 1);
  }

  clear(): void {
    this.#lines = new Map();
  }
}

function forgetEnded(calls: Kept[], doneBelow: number): void {
  let kept = 0;
  for (const call of calls) if (call.number >= doneBelow || call.running !== undefined) calls[kept++] = call;
  calls.length = kept;
}
