/** The error a call of the library must end in. */
import { CobnutError } from '../../lib/errors.ts';

/** Throws when the call succeeds, or fails with an error that is not the library's. */
export async function refusal(call: Promise<unknown>, what = 'the call'): Promise<CobnutError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof CobnutError) return error;
    throw error;
  }
  throw new Error(`${what} was not refused`);
}
