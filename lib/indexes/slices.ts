/** Long work in slices, so that the event loop has its turn; and where a build on existing entries reads from. */

/** How long work goes on before it gives the event loop back. */
export interface Slices {
  now(): number;
  readonly sliceMs: number;
  pause(): Promise<void>;
}

/** Where a build on existing data reads from. */
export interface EntryReader {
  readonly top: number;
  isLive(slot: number): boolean;
  /** The stored (frozen) key or value. */
  keyAt(slot: number): unknown;
  storedAt(slot: number): unknown;
}

/**
 * Runs the work to its end, pausing when a slice is over. Work that fits one slice is done when the call returns.
 * `goesOn` is asked after each pause; once false, the rest is left. Whether the work came to its end.
 */
export async function runInSlices(work: Iterator<void>, slices: Slices, goesOn: () => boolean): Promise<boolean> {
  let end = slices.now() + slices.sliceMs;
  while (work.next().done !== true) {
    if (slices.now() < end) continue;
    await slices.pause();
    if (!goesOn()) return false;
    end = slices.now() + slices.sliceMs;
  }
  return true;
}
