/** The part of vitest's `expect` that Keyv's suite for storage adapters uses. */
import * as assert from 'uvu/assert';

export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toBeTruthy(): void;
  toBeFalsy(): void;
  toBeNull(): void;
  toBeUndefined(): void;
  toBeDefined(): void;
}

export interface Expect {
  (actual: unknown): Expectation;
  /** How many expectations the test must state. */
  assertions(count: number): void;
}

/** An `expect` for one test; `check`, at its end, fails when it stated another number of expectations than it announced. */
export function expectIn(): { readonly expect: Expect; readonly check: () => void } {
  let stated = 0;
  let announced: number | undefined;
  const expect = (actual: unknown): Expectation => {
    stated++;
    return {
      toBe: (expected) => assert.ok(Object.is(actual, expected), `${String(actual)} is not ${String(expected)}`),
      toEqual: (expected) => assert.equal(actual, expected),
      toBeTruthy: () => assert.ok(actual),
      toBeFalsy: () => assert.not.ok(actual),
      toBeNull: () => assert.is(actual, null),
      toBeUndefined: () => assert.is(actual, undefined),
      toBeDefined: () => assert.is.not(actual, undefined),
    };
  };
  return {
    expect: Object.assign(expect, { assertions: (count: number) => void (announced = count) }),
    check: () => assert.is(announced ?? stated, stated),
  };
}
