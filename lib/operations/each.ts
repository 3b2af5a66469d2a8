/** Many small steps over memory, without keeping the event loop from turning (M45). */
import { inSlices, type Pausing, type Work } from '../query/work.ts';
import type { MapHome } from './home.ts';

/** Steps between two looks at the clock: well below a millisecond, indexes included. */
const STEPS = 64;
/** Steps refer to entries by key: nothing is to be made safe for a pause. */
const NOTHING_TO_KEEP: Pausing = Object.freeze({ beforePause: () => undefined, afterPause: () => undefined });

/** Calls `step` with the numbers from 0 to `count` - 1: at once when that takes less than a slice, else with pauses, in which others may change anything. */
export function each(home: MapHome, count: number, step: (position: number) => void): void | Promise<void> {
  return inSlices(steps(count, step), home.slices, NOTHING_TO_KEEP);
}

function* steps(count: number, step: (position: number) => void): Work<void> {
  for (let position = 0; position < count; position++) {
    if (position % STEPS === STEPS - 1) yield;
    step(position);
  }
}
