/** Memory of the process, as far as Node knows of it. */

/** The most that was in use at any of the looks, 50 a second, beyond what was in use before; `run` must give the event loop its turns. */
export async function peakBytes<R>(run: () => Promise<R>): Promise<{ readonly result: R; readonly bytes: number }> {
  const before = heldBytes();
  let most = before;
  const look = setInterval(() => (most = Math.max(most, bytesNow())), 20);
  try {
    return { result: await run(), bytes: Math.max(most, bytesNow()) - before };
  } finally {
    clearInterval(look);
  }
}

/** Heap and array buffers in use after a collection; needs `--expose-gc`. */
export function heldBytes(): number {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
  return bytesNow();
}

function bytesNow(): number {
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + Math.max(arrayBuffers, external);
}
