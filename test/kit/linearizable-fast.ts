/**
 * The same question as `linearization` answers, for histories of many hundreds of calls: whether they could have come one after the other.
 *
 * All events (a call is made, a call returned) stand in one list in order of time. The search takes, from the front, the first call that can be next, lifts
 * it and its return out of the list, and begins again at the front; at a return it can't pass, it goes back. What it has tried (the set of calls taken,
 * with the state) is remembered as text from the first call that is not taken, so a step costs what is concurrent, not what has been.
 *
 * References: J. Wing, C. Gong (1993); G. Lowe, Testing for linearizability (2017): lists and memory.
 */
import type { Observed, SequentialModel } from './linearizable.ts';

/** `undefined`: given up after so many steps. */
export function isLinearizable<S, C extends Observed>(
  observed: readonly C[],
  model: SequentialModel<S, C>,
  stepsMax = 3_000_000,
): boolean | undefined {
  const calls = observed.toSorted((a, b) => a.made - b.made);
  const events = new EventList(calls);
  const taken = new TakenCalls(calls.length);
  const tried = new Set<string>();
  const path: Step<S>[] = [];
  let left = calls.filter(({ returned }) => returned !== Infinity).length;
  let state = model.initial;
  let at = events.first;
  let option = 0;
  for (let steps = 0; left > 0; steps++) {
    if (steps > stepsMax) return undefined;
    const index = events.callAt(at);
    if (index === undefined) {
      // A return (or the end) that nothing explains: the call taken last was wrong, or is to leave another state.
      const last = path.pop();
      if (last === undefined) return false;
      ({ state, at, option } = last);
      const wrong = events.callAt(at)!;
      events.putBack(at);
      taken.drop(wrong);
      if (calls[wrong]!.returned !== Infinity) left++;
      continue;
    }
    const call = calls[index]!;
    const next = model.after(state, call);
    taken.add(index);
    let found = false;
    while (option < next.length) {
      const after = next[option++]!;
      const point = `${taken.spell()}|${model.spell(after)}`;
      if (tried.has(point)) continue;
      tried.add(point);
      path.push({ state, at, option });
      state = after;
      found = true;
      break;
    }
    option = 0;
    if (found) {
      if (call.returned !== Infinity) left--;
      events.lift(at);
      at = events.first;
    } else {
      taken.drop(index);
      at = events.after(at);
    }
  }
  return true;
}

interface Step<S> {
  readonly state: S;
  readonly at: number;
  readonly option: number;
}

/** Events by time, doubly linked; position 0 is before the first, and the end. */
class EventList {
  readonly #calls: (number | undefined)[] = [undefined];
  readonly #returns: number[] = [0];
  readonly #next: number[];
  readonly #previous: number[];

  constructor(calls: readonly Observed[]) {
    const events = calls.flatMap(({ made, returned }, index) =>
      returned === Infinity
        ? [{ time: made, index, made: true }]
        : [
            { time: made, index, made: true },
            { time: returned, index, made: false },
          ],
    );
    // At the same moment calls come before returns: they may have been concurrent.
    events.sort((a, b) => a.time - b.time || Number(b.made) - Number(a.made) || a.index - b.index);
    const returnOf = new Map<number, number>();
    for (const [at, { index, made }] of events.entries()) if (!made) returnOf.set(index, at + 1);
    for (const { index, made } of events) {
      this.#calls.push(made ? index : undefined);
      this.#returns.push(made ? (returnOf.get(index) ?? 0) : 0);
    }
    const count = events.length + 1;
    this.#next = Array.from({ length: count }, (_, at) => (at + 1) % count);
    this.#previous = Array.from({ length: count }, (_, at) => (at + count - 1) % count);
  }

  get first(): number {
    return this.#next[0]!;
  }

  /** The call that is made there; `undefined`: a return, or the end. */
  callAt(at: number): number | undefined {
    return this.#calls[at];
  }

  after(at: number): number {
    return this.#next[at]!;
  }

  lift(at: number): void {
    this.#unlink(at);
    if (this.#returns[at] !== 0) this.#unlink(this.#returns[at]!);
  }

  putBack(at: number): void {
    if (this.#returns[at] !== 0) this.#link(this.#returns[at]!);
    this.#link(at);
  }

  #unlink(at: number): void {
    this.#next[this.#previous[at]!] = this.#next[at]!;
    this.#previous[this.#next[at]!] = this.#previous[at]!;
  }

  #link(at: number): void {
    this.#next[this.#previous[at]!] = at;
    this.#previous[this.#next[at]!] = at;
  }
}

/** A set of calls, spelled from the first word with a call that is missing. */
class TakenCalls {
  readonly #words: Int32Array;
  #highest = -1;
  #firstOpen = 0;

  constructor(count: number) {
    this.#words = new Int32Array((count >> 5) + 1);
  }

  add(index: number): void {
    this.#words[index >> 5]! |= 1 << (index & 31);
    if (index >> 5 > this.#highest) this.#highest = index >> 5;
    while (this.#words[this.#firstOpen] === -1) this.#firstOpen++;
  }

  drop(index: number): void {
    this.#words[index >> 5]! &= ~(1 << (index & 31));
    if (index >> 5 < this.#firstOpen) this.#firstOpen = index >> 5;
    while (this.#highest >= 0 && this.#words[this.#highest] === 0) this.#highest--;
  }

  spell(): string {
    let text = `${this.#firstOpen}`;
    for (let word = this.#firstOpen; word <= this.#highest; word++) text += `,${this.#words[word]}`;
    return text;
  }
}
