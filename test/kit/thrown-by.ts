/** What a call throws, for tests that look at an error closely. */
import * as assert from 'uvu/assert';

/** The error that `call` throws; fails when it throws none. */
export function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    assert.instance(error, Error);
    return error as Error;
  }
  return assert.unreachable('nothing was thrown');
}
