/** For tests that look what has happened before they go on. */

/** Resolves when everything that could go on without waiting for anything has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether a call has ended, well or not, when everything that could go on has. */
export async function hasEnded(call: Promise<unknown>): Promise<boolean> {
  let ended = false;
  const note = (): void => {
    ended = true;
  };
  call.then(note, note);
  await settled();
  return ended;
}
