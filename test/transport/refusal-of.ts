/** What a call was rejected with. */

/** Throws when it was not. */
export async function refusalOf(call: Promise<unknown>): Promise<Error> {
  const failed = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failed instanceof Error) return failed;
  throw new Error(`was not rejected with an error, but with ${String(failed)}`);
}
