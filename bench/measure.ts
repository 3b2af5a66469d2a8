/** Timing that can be compared: everything in one process, contenders in turn, medians of at least nine samples. */

export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

export interface Timing {
  readonly name: string;
  /** Median nanoseconds of one call. */
  readonly medianNs: number;
  readonly minNs: number;
  readonly samples: number;
}

export interface MeasureOptions {
  /** Samples of each contender. Default 9. */
  readonly samples?: number;
  /** A sample repeats the call until it lasts this long. Default 2 ms. */
  readonly sampleMs?: number;
  /** Milliseconds of warm-up for each contender. Default 60. */
  readonly warmUpMs?: number;
}

/** Smoke runs only check that things run: one sample, no warm-up. */
export const SMOKE: MeasureOptions = { samples: 1, sampleMs: 0, warmUpMs: 0 };

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Times all contenders, a sample of each in turn, so that a drift of the machine meets all of them. */
export async function measure(contenders: readonly Contender[], options: MeasureOptions = {}): Promise<Timing[]> {
  const { samples = 9, sampleMs = 2, warmUpMs = 60 } = options;
  const repeats: number[] = [];
  for (const contender of contenders) repeats.push(await calibrate(contender, sampleMs, warmUpMs));
  const times = contenders.map((): number[] => []);
  for (let sample = 0; sample < samples; sample++) {
    for (const [position, contender] of contenders.entries()) {
      await turn();
      times[position]!.push(await time(contender.run, repeats[position]!));
    }
  }
  return contenders.map(({ name }, position) => {
    const own = times[position]!;
    return { name, medianNs: median(own), minNs: Math.min(...own), samples: own.length };
  });
}

/** Calls one sample consists of. */
async function calibrate({ run }: Contender, sampleMs: number, warmUpMs: number): Promise<number> {
  let once = await time(run, 1);
  const until = performance.now() + warmUpMs;
  while (performance.now() < until) {
    await turn();
    once = Math.min(once, await time(run, 1));
  }
  return Math.max(1, Math.ceil((sampleMs * 1e6) / Math.max(once, 50)));
}

/** Lets the event loop do what waits for it (columns are built in the background), as any application would. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Nanoseconds of one call, averaged over `repeat` calls. What is no promise is not awaited. */
async function time(run: () => unknown, repeat: number): Promise<number> {
  const began = process.hrtime.bigint();
  for (let i = 0; i < repeat; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return Number(process.hrtime.bigint() - began) / repeat;
}
