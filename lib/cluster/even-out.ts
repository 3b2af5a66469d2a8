/**
 * Makes loads of members as even as single steps between them allow.
 *
 * A path from a member to one that has at least two fewer makes both more even when each of its steps is made, and leaves those between as they are. Where
 * there is no such path any more, no other choice of steps is more even (optimal semi-matchings: Harvey, Ladner, Lovász, Tamir, 2006).
 */
import type { MemberId } from '../api/transport.ts';

/** One partition less for `from`, one more for `to`. */
export interface Step {
  readonly partition: number;
  readonly from: MemberId;
  readonly to: MemberId;
}

export interface EvenOutParts {
  readonly loads: ReadonlyMap<MemberId, number>;
  /** The steps that can be made from these members now. */
  readonly steps: (from: ReadonlySet<MemberId>) => Iterable<Step>;
  /** Makes a step: `loads` say so from then on. */
  readonly make: (step: Step) => void;
  /** Longest path. Default: any. */
  readonly stepsMax?: number;
}

export function evenOut(parts: EvenOutParts): void {
  const { loads, make } = parts;
  for (;;) {
    const sources = [...loads].sort(([, left], [, right]) => right - left);
    let path: readonly Step[] | undefined;
    for (const [id, load] of sources) if ((path = pathFrom(id, load, parts)) !== undefined) break;
    if (path === undefined) return;
    for (const step of path) make(step);
  }
}

/** The shortest path to the member with fewest among those that have two fewer at least. */
function pathFrom(source: MemberId, load: number, { loads, steps, stepsMax = loads.size }: EvenOutParts): Step[] | undefined {
  const reached = new Map<MemberId, Step | undefined>([[source, undefined]]);
  let edge: readonly MemberId[] = [source];
  for (let length = 0; length < stepsMax && edge.length > 0; length++) {
    const next: MemberId[] = [];
    for (const step of steps(new Set(edge))) {
      if (reached.has(step.to)) continue;
      reached.set(step.to, step);
      next.push(step.to);
    }
    let best: MemberId | undefined;
    let least = load - 1;
    for (const id of next) {
      const other = loads.get(id) ?? Infinity;
      if (other < least) {
        best = id;
        least = other;
      }
    }
    if (best !== undefined) return back(best, reached);
    edge = next;
  }
  return undefined;
}

function back(to: MemberId, reached: ReadonlyMap<MemberId, Step | undefined>): Step[] {
  const path: Step[] = [];
  for (let step = reached.get(to); step !== undefined; step = reached.get(step.from)) path.push(step);
  return path;
}
