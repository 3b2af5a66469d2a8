/**
 * A network between processes, as bad as the contract of `Links` lets it be: in order per direction and each at most once, but late, cut in one
 * direction or both, silent for a while and then all at once, broken with the rest of what was under way lost, and telling of it late.
 */
import type { Links, MemberId } from '../../lib/api/transport.ts';
import type { Chance } from './chance.ts';
import type { SimProcess } from './sim-process.ts';
import type { Simulation } from './simulation.ts';

export interface NetworkOptions {
  readonly delayMinMs?: number;
  readonly delayMeanMs?: number;
  /** Probability that one envelope is late, and by how much at most. */
  readonly lateProbability?: number;
  readonly lateMaxMs?: number;
  /** Longest until an end hears that a link broke. */
  readonly downLateMaxMs?: number;
  /** Probability that an end never hears of it, against the contract: safety must not depend on it. */
  readonly downNeverProbability?: number;
}

/** `stall`: waits until healed; `lose`: is lost, and the link breaks. */
export type Cut = 'stall' | 'lose';

/** One direction between two processes. */
interface Lane {
  cut: Cut | undefined;
  /** No envelope arrives before this: in order. */
  lastArrival: number;
  /** Links break: what was sent on an earlier one is lost, unless it arrives by `graceUntil`. */
  generation: number;
  graceUntil: number;
  held: { readonly generation: number; readonly arrive: () => void }[];
}

const DEFAULTS: Required<NetworkOptions> = {
  delayMinMs: 0.1,
  delayMeanMs: 1,
  lateProbability: 0.02,
  lateMaxMs: 60,
  downLateMaxMs: 400,
  downNeverProbability: 0,
};

export class SimNetwork {
  sent = 0;
  lost = 0;
  /** Of directed tests: what becomes of an envelope. */
  tamper: ((from: MemberId, to: MemberId, envelope: unknown) => 'lose' | undefined) | undefined;
  /** Told of each envelope when it is sent, and of the same one when it has been handled. */
  watch: ((envelope: object, to: MemberId, when: 'sent' | 'handled') => void) | undefined;
  readonly #simulation: Simulation;
  readonly #chance: Chance;
  readonly #options: Required<NetworkOptions>;
  readonly #ends = new Map<MemberId, SimLinks>();
  readonly #lanes = new Map<string, Lane>();
  readonly #slow = new Map<MemberId, number>();
  readonly #breaking = new Set<string>();

  constructor(simulation: Simulation, options: NetworkOptions = {}) {
    this.#simulation = simulation;
    this.#chance = simulation.chance.fork();
    this.#options = { ...DEFAULTS, ...options };
  }

  links(process: SimProcess): Links {
    const links = new SimLinks(process, this);
    this.#ends.set(process.id, links);
    process.onEnd(() => this.#ended(process.id));
    return links;
  }

  /** Whether anything gets from one to the other now; for traffic that has rules of its own. */
  passes(from: MemberId, to: MemberId): boolean {
    return this.#lane(from, to).cut === undefined;
  }

  /** How long something takes from one to the other; in no order. */
  delay(from: MemberId, to: MemberId): number {
    const { delayMinMs, delayMeanMs, lateProbability, lateMaxMs } = this.#options;
    let ms = delayMinMs + this.#chance.around(delayMeanMs);
    if (this.#chance.happens(lateProbability)) ms += this.#chance.between(0, lateMaxMs);
    const slow = Math.max(this.#slow.get(from) ?? 0, this.#slow.get(to) ?? 0);
    return slow === 0 ? ms : ms + this.#chance.between(0, slow);
  }

  send(from: SimProcess, to: MemberId, envelope: unknown, transfer: readonly ArrayBuffer[]): void {
    this.sent++;
    const lane = this.#lane(from.id, to);
    const copy: unknown = structuredClone(envelope, { transfer: [...transfer] });
    if (lane.cut === 'lose' || this.tamper?.(from.id, to, copy) === 'lose') {
      this.lost++;
      if (this.#simulation.traced) this.#simulation.note(`lost ${from.id} > ${to}`);
      if (lane.cut === 'lose') this.#breakLater(from.id, to);
      return;
    }
    if (typeof copy === 'object' && copy !== null) this.watch?.(copy, to, 'sent');
    const { generation } = lane;
    lane.lastArrival = Math.max(from.now + this.delay(from.id, to), lane.lastArrival + 0.001);
    if (this.#simulation.traced) this.#simulation.note(`${from.id} > ${to} (at ${lane.lastArrival.toFixed(3)}) ${spell(copy)}`);
    this.#simulation.at(lane.lastArrival, `${from.id} > ${to}`, () => this.#arrive(from.id, to, lane, generation, copy));
  }

  /** Cuts one direction. A link that stalls for long breaks. */
  cut(from: MemberId, to: MemberId, how: Cut, breaksAfterMs: number = this.#chance.between(100, 2000)): void {
    if (from === to) return;
    const lane = this.#lane(from, to);
    lane.cut = how;
    if (how === 'stall') this.#simulation.at(this.#simulation.now + breaksAfterMs, 'stall breaks', () => this.#giveUp(from, to));
  }

  heal(): void {
    this.#slow.clear();
    for (const [, lane] of this.#lanes) {
      lane.cut = undefined;
      const held = lane.held;
      lane.held = [];
      for (const { arrive } of held) arrive();
    }
  }

  /** Everything from and to it takes up to so much longer. */
  slow(member: MemberId, ms: number): void {
    this.#slow.set(member, ms);
  }

  /** The link breaks: in both directions the rest of what is under way is lost, and both ends hear of it, sooner or later. */
  breakLink(one: MemberId, other: MemberId): void {
    this.#simulation.note(`link ${one} - ${other} breaks`);
    for (const lane of [this.#lane(one, other), this.#lane(other, one)]) {
      lane.generation++;
      lane.graceUntil = this.#simulation.now + (this.#chance.happens(0.5) ? 0 : this.#chance.around(2));
      lane.held = [];
    }
    this.#tellDown(one, other);
    this.#tellDown(other, one);
  }

  #giveUp(from: MemberId, to: MemberId): void {
    if (this.#lane(from, to).cut === 'stall') this.breakLink(from, to);
  }

  #arrive(from: MemberId, to: MemberId, lane: Lane, generation: number, envelope: unknown): void {
    if (lane.cut === 'stall') {
      lane.held.push({ generation, arrive: () => this.#arrive(from, to, lane, generation, envelope) });
      return;
    }
    const stale = generation !== lane.generation && this.#simulation.now > lane.graceUntil;
    if (stale || lane.cut === 'lose') {
      this.lost++;
      if (this.#simulation.traced) this.#simulation.note(`lost ${from} > ${to} under way`);
      if (!stale) this.#breakLater(from, to);
      return;
    }
    const end = this.#ends.get(to);
    if (end?.isThere === true) return end.take(from, envelope);
    this.lost++;
    this.#tellDown(from, to); // nobody is there any more
  }

  #breakLater(from: MemberId, to: MemberId): void {
    const name = from < to ? `${from} ${to}` : `${to} ${from}`;
    if (this.#breaking.has(name)) return;
    this.#breaking.add(name);
    this.#simulation.at(this.#simulation.now + this.#chance.around(100), 'link breaks', () => {
      this.#breaking.delete(name);
      this.breakLink(from, to);
    });
  }

  #ended(member: MemberId): void {
    for (const [other] of this.#ends) if (other !== member) this.#tellDown(other, member);
  }

  #tellDown(whom: MemberId, of: MemberId): void {
    const { downLateMaxMs, downNeverProbability } = this.#options;
    if (this.#chance.happens(downNeverProbability)) return;
    const ms = this.#chance.happens(0.6) ? this.#chance.around(3) : this.#chance.between(0, downLateMaxMs);
    this.#simulation.at(this.#simulation.now + ms, `${whom} hears that ${of} is down`, () => this.#ends.get(whom)?.takeDown(of));
  }

  #lane(from: MemberId, to: MemberId): Lane {
    const name = `${from}>${to}`;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { cut: undefined, lastArrival: 0, generation: 0, graceUntil: 0, held: [] };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  /** The other ends hear that this one has closed. */
  closed(member: MemberId): void {
    this.#ended(member);
  }
}

class SimLinks implements Links {
  readonly self: MemberId;
  readonly #process: SimProcess;
  readonly #network: SimNetwork;
  #receive: ((from: MemberId, envelope: unknown) => void) | undefined;
  readonly #downs: ((member: MemberId) => void)[] = [];
  #open = true;

  constructor(process: SimProcess, network: SimNetwork) {
    this.self = process.id;
    this.#process = process;
    this.#network = network;
  }

  send(to: MemberId, envelope: unknown, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#open && this.#process.alive) this.#network.send(this.#process, to, envelope, transfer);
  }

  onEnvelope(receive: (from: MemberId, envelope: unknown) => void): void {
    this.#receive = receive;
  }

  onDown(listener: (member: MemberId) => void): void {
    this.#downs.push(listener);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#network.closed(this.self);
  }

  get isThere(): boolean {
    return this.#open && this.#process.alive;
  }

  take(from: MemberId, envelope: unknown): void {
    if (!this.#open) return;
    this.#process.deliver(`takes from ${from}`, () => {
      if (!this.#open) return;
      this.#receive?.(from, envelope);
      if (typeof envelope === 'object' && envelope !== null) this.#network.watch?.(envelope, this.self, 'handled');
    });
  }

  takeDown(member: MemberId): void {
    if (!this.#open) return;
    this.#process.deliver(`takes down ${member}`, () => {
      for (const listener of this.#downs) if (this.#open) listener(member);
    });
  }
}

/** Plain data as short text, for traces. */
export function spell(data: unknown): string {
  const text = JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'bigint'
      ? `${value}n`
      : value instanceof Map
        ? Object.fromEntries(value)
        : value instanceof ArrayBuffer
          ? `<${value.byteLength} bytes>`
          : value,
  );
  return text === undefined ? 'undefined' : text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
