/** Many small steps over memory, without keeping the event loop from turning (M45). */
import type { Slices } from '../indexes/attribute-set.ts';
import type { MapHome } from './home.ts';

/** Steps between two looks at the clock: well below a millisecond, indexes included. */
const STEPS = 64;

/**
 * Calls `step` with the numbers from 0 to `count` - 1: at once when that takes less than a slice, else with pauses, in which others may
 * change anything.
 */
export function each({ slices }: MapHome, count: number, step: (position: number) => void): void | Promise<void> {
  const reached = oneSlice(slices, 0, count, step);
  return reached === count ? undefined : otherSlices(slices, reached, count, step);
}

async function otherSlices(slices: Slices, from: number, count: number, step: (position: number) => void): Promise<void> {
  for (let reached = from; reached < count;) {
    await slices.pause();
    reached = oneSlice(slices, reached, count, step);
  }
}

/** How far it came. */
function oneSlice(slices: Slices, from: number, count: number, step: (position: number) => void): number {
  const began = count - from > STEPS ? slices.now() : 0;
  for (let position = from; position < count; position++) {
    step(position);
    if (position % STEPS === STEPS - 1 && slices.now() - began >= slices.sliceMs) return position + 1;
  }
  return count;
}
