/** What goes out at the end of this tick: one message per member, everything in order. */
import type { MemberId } from '../api/transport.ts';
import type { Transport } from '../transport/transport.ts';

export class Outbox<Item> {
  readonly #transport: Transport;
  readonly #type: string;
  readonly #message: (items: readonly Item[]) => unknown;
  readonly #wake: () => void;
  #items = new Map<MemberId, Item[]>();

  /** `wake` is called when there is something to send: `flush` is to be called at the tick's end then. */
  constructor(transport: Transport, type: string, message: (items: readonly Item[]) => unknown, wake: () => void) {
    this.#transport = transport;
    this.#type = type;
    this.#message = message;
    this.#wake = wake;
  }

  add(to: MemberId, item: Item): void {
    const items = this.#items.get(to);
    if (items !== undefined) {
      items.push(item);
      return;
    }
    if (this.#items.size === 0) this.#wake();
    this.#items.set(to, [item]);
  }

  flush(): void {
    if (this.#items.size === 0) return;
    const all = this.#items;
    this.#items = new Map();
    for (const [to, items] of all) this.#transport.post(to, this.#type, this.#message(items));
  }
}
