/** Waiting for work that may never end. */
import type { Clock } from './clock.ts';

/** Resolves to whether the work has ended, well or not, within `ms`. Keeps the process alive meanwhile; `Infinity` waits as long as it takes. */
export function endsWithin(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = ms === Infinity ? undefined : clock.after(ms, () => resolve(false), true);
    const end = (): void => {
      timer?.cancel();
      resolve(true);
    };
    work.then(end, end);
  });
}
