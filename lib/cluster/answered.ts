/** Waiting for a coordinator, which may fail or never answer. */
import type { Clock } from '../base/clock.ts';

/** What an answer becomes: `undefined` when it failed, or took too long to be of use. */
export type Answered = <T>(answer: Promise<T>) => Promise<{ readonly value: T } | undefined>;

/** Waits for half a lease, so that there is time to ask again before it ends; where there are no leases, as long as it takes. */
export function answeredWithin(clock: Clock, leaseMs: number): Answered {
  return <T>(answer: Promise<T>) =>
    new Promise<{ readonly value: T } | undefined>((resolve) => {
      const timer = leaseMs === Infinity ? undefined : clock.after(leaseMs / 2, () => resolve(undefined));
      const end = (settled: { readonly value: T } | undefined): void => {
        timer?.cancel();
        resolve(settled);
      };
      answer.then(
        (value) => end({ value }),
        () => end(undefined),
      );
    });
}
