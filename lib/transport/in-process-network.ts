/** Links between members of one thread, for clusters in one process and for tests. Envelopes are copied, as on their way to another process. */
import type { Links, MemberId } from '../api/transport.ts';
import { systemClock, type Clock } from '../base/clock.ts';

interface Envelope {
  readonly from: MemberId;
  readonly to: InProcessLinks;
  readonly content: unknown;
  /** Of the link when it was sent: what was under way when a link broke does not arrive. */
  readonly generation: number;
}

export class InProcessNetwork {
  readonly #clock: Clock;
  readonly #members = new Map<MemberId, InProcessLinks>();
  /** Links that are cut, `from>to`. */
  readonly #cuts = new Set<string>();
  /** How often each link broke. */
  readonly #generations = new Map<string, number>();
  #underWay: Envelope[] = [];

  /** `clock`: default the machine's. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The links of a new member. */
  links(id: MemberId): Links {
    if (this.#members.has(id)) throw new Error(`there is a member '${id}' already`);
    const links = new InProcessLinks(id, this);
    this.#members.set(id, links);
    return links;
  }

  /**
   * Breaks the link: what is under way is lost, what is sent later is lost too, until `heal`. One direction only unless `both`. Both ends are told now,
   * and whoever tries to send.
   */
  cut(from: MemberId, to: MemberId, { both = true }: { readonly both?: boolean } = {}): void {
    this.#break(from, to);
    if (both) this.#break(to, from);
    this.#tellDown(from, to);
    this.#tellDown(to, from);
  }

  heal(from: MemberId, to: MemberId): void {
    this.#cuts.delete(linkName(from, to));
    this.#cuts.delete(linkName(to, from));
  }

  /** The member ends without a word: nothing of it arrives any more, and all others are told. */
  kill(id: MemberId): void {
    this.#members.get(id)?.end();
    this.#members.delete(id);
    for (const other of this.#members.keys()) this.#tellDown(other, id);
  }

  /** @internal */
  send(from: MemberId, to: MemberId, content: unknown): void {
    const target = this.#members.get(to);
    if (target === undefined || this.#cuts.has(linkName(from, to))) {
      this.#tellDown(from, to);
      return;
    }
    if (this.#underWay.push({ from, to: target, content, generation: this.#generationOf(from, to) }) === 1)
      void this.#clock.yield().then(() => this.#deliver());
  }

  #deliver(): void {
    const arrived = this.#underWay;
    this.#underWay = [];
    for (const { from, to, content, generation } of arrived)
      if (generation === this.#generationOf(from, to.self)) to.receive(from, content);
  }

  #break(from: MemberId, to: MemberId): void {
    const name = linkName(from, to);
    this.#cuts.add(name);
    this.#generations.set(name, (this.#generations.get(name) ?? 0) + 1);
  }

  #tellDown(member: MemberId, other: MemberId): void {
    void this.#clock.yield().then(() => this.#members.get(member)?.down(other));
  }

  #generationOf(from: MemberId, to: MemberId): number {
    return this.#generations.get(linkName(from, to)) ?? 0;
  }
}

function linkName(from: MemberId, to: MemberId): string {
  return `${from}>${to}`;
}

class InProcessLinks implements Links {
  readonly self: MemberId;
  readonly #network: InProcessNetwork;
  readonly #downs: ((member: MemberId) => void)[] = [];
  #receive: ((from: MemberId, envelope: unknown) => void) | undefined;
  #ended = false;

  constructor(self: MemberId, network: InProcessNetwork) {
    this.self = self;
    this.#network = network;
  }

  send(to: MemberId, envelope: unknown, transfer: readonly ArrayBuffer[] = []): void {
    const copy: unknown = structuredClone(envelope, { transfer: [...transfer] });
    if (!this.#ended) this.#network.send(this.self, to, copy);
  }

  onEnvelope(receive: (from: MemberId, envelope: unknown) => void): void {
    this.#receive = receive;
  }

  onDown(listener: (member: MemberId) => void): void {
    this.#downs.push(listener);
  }

  close(): void {
    this.#network.kill(this.self);
  }

  receive(from: MemberId, envelope: unknown): void {
    if (!this.#ended) this.#receive?.(from, envelope);
  }

  down(member: MemberId): void {
    if (!this.#ended) for (const listener of this.#downs) listener(member);
  }

  end(): void {
    this.#ended = true;
  }
}
