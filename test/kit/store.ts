/** A store for tests: the reference store, recording its calls, that can be made to wait or to fail. */
import { MemoryMapStore, type StoreCall } from '../../stores/memory.ts';

export class TestStore<K, V> extends MemoryMapStore<K, V> {
  readonly #control: Control;

  constructor(entries: Iterable<readonly [K, V]> = []) {
    const control: Control = { blocked: undefined, failure: undefined };
    super({ entries, record: true, onCall: (call) => obey(control, call) });
    this.#control = control;
  }

  /** Names of the calls since the last `forget`. */
  get methods(): string[] {
    return this.calls.map((call: StoreCall<K, V>) => call.method);
  }

  forget(): void {
    this.calls.length = 0;
  }

  /** All calls wait until the function that is returned is called. */
  block(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#control.blocked = promise;
    return () => {
      this.#control.blocked = undefined;
      resolve();
    };
  }

  /** Calls of these methods fail until `fail()` is called without any. */
  fail(error?: Error, ...methods: string[]): void {
    this.#control.failure = error === undefined ? undefined : { error, methods };
  }
}

interface Control {
  blocked: Promise<void> | undefined;
  failure: { readonly error: Error; readonly methods: readonly string[] } | undefined;
}

async function obey(control: Control, call: { readonly method: string }): Promise<void> {
  await control.blocked;
  if (control.failure?.methods.includes(call.method) === true) throw control.failure.error;
}
