/** Instances for tests: on a clock that moves only when told. */
import { newInstance, type Instance, type InstanceOptions, type IMap, type MapOptions } from '../../lib/index.ts';
import type { Clock } from '../../lib/base/clock.ts';

/** A clock for tests: time stands still until `advance`. */
export interface TestClock extends Clock {
  /** Moves time on; runs what became due, in order. */
  advance(ms: number): void;
}

export function testClock(startMs: number = Date.UTC(2026, 0, 1), random: () => number = () => 0.5): TestClock {
  let now = startMs;
  let waiting: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    random,
    yield: () => new Promise((resolve) => setImmediate(resolve)),
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      waiting.push(timer);
      return { cancel: () => (waiting = waiting.filter((one) => one !== timer)) };
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const next = waiting.filter((timer) => timer.at <= until).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = Math.max(now, next.at);
        waiting = waiting.filter((one) => one !== next);
        next.run();
      }
      now = until;
    },
  };
}

/** An instance with one map, `await using`: the map's name is `test`. */
export async function openMap<K, V>(
  options: MapOptions = {},
  rest: InstanceOptions = {},
): Promise<{ readonly map: IMap<K, V>; readonly instance: Instance; [Symbol.asyncDispose](): Promise<void> }> {
  const instance = newInstance({ ...rest, maps: { test: options } });
  const map = await instance.getMap<K, V>('test');
  return { map, instance, [Symbol.asyncDispose]: () => instance.close() };
}
