/** An entry as its processor sees it: the value that is there, and what the processor makes of it, kept when it ends well. */
import type { ProcessorEntry } from '../api/entry-processor.ts';
import type { ExpiryOptions } from '../api/entry.ts';
import { EntryProcessorError } from '../errors.ts';
import { expiryOf } from './expiry.ts';
import type { KeyAddress, MapHome, NewValue } from './home.ts';
import { handOut, slotOf, userKey } from './memory.ts';
import { deleteAndDrop, storeAndKeep } from './through.ts';

export class EntryInWork implements ProcessorEntry<unknown, unknown> {
  readonly #home: MapHome;
  readonly #at: KeyAddress;
  #value: unknown;
  #change: NewValue | 'removed' | undefined;
  #hasEnded = false;

  /** Counts as an access: the entry is not idle. `loaded`: its stored value when memory has none. */
  constructor(home: MapHome, at: KeyAddress, loaded: unknown) {
    this.#home = home;
    this.#at = at;
    const now = home.clock.now();
    const slot = slotOf(home, at, now);
    if (slot >= 0) home.records.touch(slot, now);
    this.#value = slot >= 0 ? home.records.valueAt(slot) : handOut(home, loaded);
  }

  get key(): unknown {
    return userKey(this.#at);
  }

  get value(): unknown {
    return this.#value;
  }

  get exists(): boolean {
    return this.#value !== undefined;
  }

  setValue(value: unknown, options?: ExpiryOptions): void {
    this.#check();
    const stored = this.#home.records.form.takeIn(value);
    this.#change = { stored, expiry: options === undefined ? undefined : expiryOf(options) };
    this.#value = handOut(this.#home, stored);
  }

  remove(): void {
    this.#check();
    this.#change = 'removed';
    this.#value = undefined;
  }

  /** Makes the changes, in the store first; no others are taken from now on. */
  keep(): void | Promise<void> {
    this.end();
    if (this.#change === undefined) return;
    if (this.#change === 'removed') return deleteAndDrop(this.#home, this.#at);
    return storeAndKeep(this.#home, this.#at, this.#change);
  }

  end(): void {
    this.#hasEnded = true;
  }

  #check(): void {
    if (!this.#hasEnded) return;
    throw new EntryProcessorError(
      `map '${this.#home.name}': the entry processor has ended, its entry can't be changed through it any more`,
      {
        details: { map: this.#home.name, key: this.key },
      },
    );
  }
}
