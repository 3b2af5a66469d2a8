/** A Map whose keys are stored keys, compared by value. */
import { ObjectKey, type StoredKey } from './key.ts';

export class KeyMap<T> {
  readonly #primitives = new Map<StoredKey, T>();
  readonly #objects = new Map<string, T>();

  get size(): number {
    return this.#primitives.size + this.#objects.size;
  }

  get(key: StoredKey): T | undefined {
    return key instanceof ObjectKey ? this.#objects.get(key.canonical) : this.#primitives.get(key);
  }

  set(key: StoredKey, value: T): void {
    if (key instanceof ObjectKey) this.#objects.set(key.canonical, value);
    else this.#primitives.set(key, value);
  }

  *values(): Generator<T> {
    yield* this.#primitives.values();
    yield* this.#objects.values();
  }

  delete(key: StoredKey): boolean {
    return key instanceof ObjectKey ? this.#objects.delete(key.canonical) : this.#primitives.delete(key);
  }
}
