/**
 * uvu's `suite`, made safe.
 *
 * uvu 0.5.6 exits 0 when a `before` or `after.each` hook throws, and when a test throws something
 * that is not an Error; it also lets a test wait for ever. This wrapper turns each into a failure.
 * `test/run.mjs` catches the rest: a forgotten `.run()`, an `.only`, and an empty run.
 */
import { suite, type Callback, type Context, type Test } from 'uvu';

/** Longest time one test or hook may take, in milliseconds. */
const TIMEOUT_MS = Number(process.env['TEST_TIMEOUT_MS'] ?? 20_000);

export interface TestOptions {
  /** Longest time the test may take; never shorter than the default. */
  readonly timeoutMs?: number;
}

/** uvu's test function, with options. */
export interface SafeTest<T> extends Test<T> {
  (title: string, callback: Callback<T>, options?: TestOptions): void;
}

export function describe<T = Context>(name: string, context?: T): SafeTest<T> {
  const inner = suite<T>(name, context);
  const test = ((title: string, callback: Callback<T>, options?: TestOptions) =>
    inner(title, guard(title, callback, options))) as SafeTest<T>;
  return Object.assign(test, {
    only: (title: string, callback: Callback<T>) => inner.only(title, guard(title, callback)),
    skip: inner.skip,
    run: inner.run,
    before: hooks(name, 'before', inner.before),
    after: hooks(name, 'after', inner.after),
  });
}

function hooks<T>(name: string, kind: string, inner: Test<T>['before']): Test<T>['before'] {
  const add = (register: (hook: Callback<T>) => void, label: string) => (hook: Callback<T>) => register(fatal(`${name}: ${label}`, hook));
  return Object.assign(add(inner, kind), { each: add(inner.each, `${kind}.each`) });
}

/** A hook that throws ends the run at once: uvu would otherwise report success. */
function fatal<T>(label: string, hook: Callback<T>): Callback<T> {
  const guarded = guard(label, hook);
  return async (context) => {
    try {
      await guarded(context);
    } catch (error) {
      console.error(`\nFAIL  a hook threw (${label})`, error);
      process.exit(1);
    }
  };
}

function guard<T>(label: string, callback: Callback<T>, { timeoutMs = 0 }: TestOptions = {}): Callback<T> {
  const limitMs = Math.max(TIMEOUT_MS, timeoutMs);
  return async (context) => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${limitMs} ms: ${label}`)), limitMs);
    });
    try {
      await Promise.race([callback(context), timeout]);
    } catch (error) {
      throw printable(error);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** uvu prints an error's `details` as text and fails when they are none: such an error goes on as its stack alone. */
function printable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`threw something that is not an Error: ${String(error)}`);
  if (!('details' in error) || typeof error.details === 'string') return error;
  const plain = new Error(error.message, { cause: error });
  plain.stack = error.stack ?? error.message;
  return plain;
}
