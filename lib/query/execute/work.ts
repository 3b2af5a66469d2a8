/** Work that gives the event loop back: a generator that yields wherever it may be interrupted, and the loop that runs it in slices. */
import type { Slices } from '../../indexes/attribute-set.ts';
import { AbortedError } from '../../errors.ts';

/**
 * A computation of an `R`. It yields about every 0.1 to 1 ms of work, at points where it depends on nothing that others may change; whether it
 * really pauses there is for `inSlices` to decide.
 */
export type Work<R> = Generator<undefined, R, undefined>;

/** Told around each pause, so that what refers to slots can be made safe before others run, and looked at again after. */
export interface Pausing {
  /** Estimated milliseconds of `beforePause` if it were called now. */
  readonly pauseMs: number;
  beforePause(): void;
  /** False: not ready to go on; to be called again after another pause. */
  afterPause(): boolean;
}

/**
 * Runs the work: synchronously to its end if that takes less than a slice, else as a promise, pausing whenever a slice is over.
 * Errors: whatever the work throws, and AbortedError once `signal` is aborted; the work's `finally` blocks have run by then.
 */
export function inSlices<R>(work: Work<R>, slices: Slices, pausing: Pausing, signal?: AbortSignal): R | Promise<R> {
  const began = slices.now();
  let step = work.next();
  while (step.done !== true) {
    if (isOver(began, slices, pausing)) return onward(work, slices, pausing, signal);
    step = work.next();
  }
  return step.value;
}

/** How much longer than a slice work may go on for the sake of not pausing, which has its cost too. */
const STRETCH = 1.5;

function isOver(began: number, slices: Slices, pausing: Pausing): boolean {
  const elapsedMs = slices.now() - began;
  return elapsedMs >= slices.sliceMs || elapsedMs + pausing.pauseMs >= slices.sliceMs * STRETCH;
}

async function onward<R>(work: Work<R>, slices: Slices, pausing: Pausing, signal: AbortSignal | undefined): Promise<R> {
  try {
    for (;;) {
      pausing.beforePause();
      do {
        await slices.pause();
        throwIfAborted(signal);
      } while (!pausing.afterPause());
      const began = slices.now();
      do {
        const step = work.next();
        if (step.done === true) return step.value;
      } while (!isOver(began, slices, pausing));
    }
  } catch (error) {
    // Of work that is given up, the `finally` blocks must still run. Thrown into finished work, the error comes straight back.
    work.throw(error);
    throw error;
  }
}

/** Throws AbortedError, the signal's reason as its cause, if the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortedError('the query was aborted', { cause: signal.reason });
}
