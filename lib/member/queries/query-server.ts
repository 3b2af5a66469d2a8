/**
 * A member's part in queries over members: it answers what others ask, and itself, about the partitions it serves.
 *
 * Who works tells whoever asked from time to time that it goes on; whoever asked and is gone, or does not want an answer any more, aborts the work.
 */
import { Patience } from '../../base/patience.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Membership } from '../../cluster/membership.ts';
import type { InstanceConfig } from '../../config/instance-config.ts';
import { InstanceClosedError } from '../../errors.ts';
import type { Slices } from '../../indexes/attribute-set.ts';
import type { MapHome } from '../../operations/home.ts';
import { NotServedError, type Replication } from '../../replication/replication.ts';
import type { MemberId } from '../../api/transport.ts';
import { Moved, type Transport } from '../../transport/transport.ts';
import { checkBackups } from '../calls/call-runner.ts';
import type { OpenMap } from '../open-map.ts';
import { cover, testOf, type Covered } from './query-cover.ts';
import { KeptRows } from './kept-rows.ts';
import type { QueryMap } from './query-map.ts';
import { shareOf, verbNamed, type AnyVerb } from './query-verbs.ts';
import type { RowsAnswer, RunAnswer, RunBody, TicketBody } from './query-wire.ts';

export interface QueryParts {
  readonly config: InstanceConfig;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly membership: Membership;
  readonly replication: Replication;
  /** The map as this member holds it, opened if need be. Errors: as `getMap`. */
  readonly openMap: (name: string) => Promise<OpenMap>;
  /** Of a map that somebody has asked for here. */
  readonly queryMap: (name: string) => QueryMap;
}

/** One member's part: its partitions, and what it has of them. */
export interface Served {
  readonly covered: readonly number[];
  readonly parts: readonly unknown[];
}

/** What a member is asked. */
export interface Question {
  readonly verb: AnyVerb;
  readonly args: unknown;
  readonly asked: readonly number[] | undefined;
}

/** Rows that nobody has asked for so long are forgotten; who asks after all opens them anew, where they are then. */
const IDLE_MS = 600_000;

/** Somebody else's query at work here, or the rows that are kept for it. */
interface Run {
  readonly from: MemberId;
  readonly aborter: AbortController;
  kept: KeptRows | undefined;
  idle: Timer | undefined;
  toWire: (part: unknown) => unknown;
}

export class MemberQueries {
  readonly parts: QueryParts;
  readonly #runs = new Map<string, Run>();
  readonly #awaited = new Map<number, () => void>();
  #tickets = 0;

  /** Sets the handlers of `query.*`. */
  constructor(parts: QueryParts) {
    this.parts = parts;
    const { transport, membership } = parts;
    transport.handle('query.run', (from, body) => this.#run(from, body as RunBody));
    transport.handle('query.rows', (from, body) => this.#rows(from, body as TicketBody));
    transport.handle('query.cancel', (from, body) => this.#end(`${from} ${String(body)}`));
    transport.handle('query.alive', (_from, body) => this.#awaited.get(body as TicketBody)?.());
    transport.onDown((member) => this.#endOf((from) => from === member));
    membership.onView((view) => {
      const members = new Set(view.members.map(({ id }) => id));
      this.#endOf((from) => !members.has(from));
    });
  }

  /** The number of a sending; `alive` is called whenever its receiver says that it is still at work. Call `forget` when it has ended. */
  ticket(alive: () => void): number {
    this.#awaited.set(++this.#tickets, alive);
    return this.#tickets;
  }

  forget(ticket: number): void {
    this.#awaited.delete(ticket);
  }

  /** Gives up what is under way for others. */
  close(): void {
    this.#endOf(() => true);
  }

  /** This member's part. With `asked` left out: whatever it has. `signal` aborts waiting; the verb has it in its arguments. */
  async serve(open: OpenMap, { verb, args, asked }: Question, signal: AbortSignal | undefined): Promise<Served> {
    return this.#inside(open, verb, signal, async () => {
      const share = shareOf(verb);
      const { home } = open;
      if (asked === undefined) return { covered: [], parts: [await share.run(home, args, undefined)] };
      if (share.changes === true) for (const partition of asked) this.#checkBackups(home, partition);
      const { partitions, part } = await this.#cover(home, asked, (only) => share.run(home, args, only));
      return { covered: partitions, parts: partitions.length === 0 ? [] : [part] };
    });
  }

  /** Finds rows, to be taken from what it gives. */
  async open(open: OpenMap, { verb, args, asked = [] }: Question, signal: AbortSignal | undefined): Promise<KeptRows> {
    return this.#inside(open, verb, signal, async () => {
      const { home } = open;
      const { rows } = shareOf(verb);
      const { partitions, part } = await this.#cover(home, asked, (only) => rows!.open(home, args, only ?? testOf(asked)));
      return new KeptRows(this.parts, partitions, part);
    });
  }

  /** Of a partition that is served here. */
  #checkBackups({ name, config }: MapHome, partition: number): void {
    const { replication } = this.parts;
    if (replication.serves(partition)) checkBackups(replication, { name, config }, partition);
  }

  /** Through the map's gate. */
  async #inside<R>(open: OpenMap, verb: AnyVerb, signal: AbortSignal | undefined, run: () => Promise<R>): Promise<R> {
    const needs = (verb.needsLoaded ?? true) ? 'all' : 'nothing';
    const patience = new Patience(this.parts.clock, Infinity, signal);
    const gaveUp = (): never => {
      throw patience.aborted;
    };
    return patience.race(open.gate.enter(run, needs, { patience, gaveUp }));
  }

  async #cover<P>(home: MapHome, asked: readonly number[], look: Parameters<typeof cover<P>>[3]): Promise<Covered<P>> {
    const { replication, membership, clock } = this.parts;
    const release = replication.hold();
    try {
      return await cover({ replication, membership, yield: () => clock.yield() }, home, asked, look);
    } finally {
      release();
    }
  }

  async #run(from: MemberId, body: RunBody): Promise<RunAnswer | Moved> {
    const { clock, transport, config, membership } = this.parts;
    const { ticket } = body;
    const name = `${from} ${ticket}`;
    const run: Run = { from, aborter: new AbortController(), kept: undefined, idle: undefined, toWire: (part) => part };
    this.#runs.set(name, run);
    let timer: Timer;
    const tell = (): void => {
      transport.post(from, 'query.alive', ticket);
      timer = clock.after(config.callTimeoutMs / 4, tell);
    };
    timer = clock.after(config.callTimeoutMs / 4, tell);
    try {
      const verb = verbNamed(body.verb);
      const open = await this.parts.openMap(body.map);
      const { signal } = run.aborter;
      const { addresses, form } = this.parts.queryMap(body.map);
      const share = shareOf(verb);
      const args = share.fromWire?.(body.args, { form, addresses, signal });
      if (share.part !== undefined) run.toWire = (part) => share.part!.to(part, form, slicesOf(this.parts));
      const question = { verb, args, asked: body.asked };
      if (body.opens) {
        const kept = await this.open(open, question, signal);
        if (!signal.aborted && kept.isOpen) this.#keep(name, run, kept);
        return { covered: kept.covered, parts: [], version: membership.view.version };
      }
      const { covered, parts } = await this.serve(open, question, signal);
      return packed(await Promise.all(parts.map(run.toWire)), (bodies) => ({ covered, parts: bodies, version: membership.view.version }));
    } catch (error) {
      // Whoever asked did not ask this instance: others may hold the map. And what was given up here because a link broke, he may want still.
      const isElsewhere = error instanceof InstanceClosedError || error instanceof NotServedError;
      if (isElsewhere || run.aborter.signal.aborted) return { covered: [], parts: [], version: membership.view.version };
      throw error;
    } finally {
      timer.cancel();
      if (run.kept === undefined) this.#runs.delete(name);
    }
  }

  async #rows(from: MemberId, ticket: TicketBody): Promise<RowsAnswer | Moved | undefined> {
    const name = `${from} ${ticket}`;
    const run = this.#runs.get(name);
    if (run?.kept === undefined) return undefined;
    const { kept } = run;
    const taken = await kept.next();
    if (kept.isOpen) this.#keep(name, run, kept);
    else this.#end(name);
    return packed(taken.part === undefined ? [] : [await run.toWire(taken.part)], ([part]) => ({ ...taken, part }));
  }

  /** Until somebody asks, for a while. */
  #keep(name: string, run: Run, kept: KeptRows): void {
    run.kept = kept;
    run.idle?.cancel();
    run.idle = this.#runs.get(name) === run ? this.parts.clock.after(IDLE_MS, () => this.#end(name)) : undefined;
  }

  #end(name: string): void {
    const run = this.#runs.get(name);
    this.#runs.delete(name);
    run?.idle?.cancel();
    run?.aborter.abort();
  }

  #endOf(isGone: (from: MemberId) => boolean): void {
    for (const [name, { from }] of this.#runs) if (isGone(from)) this.#end(name);
  }
}

/** How long work may go on at a time. */
export function slicesOf({ clock, config }: Pick<QueryParts, 'clock' | 'config'>): Slices {
  return { now: () => clock.now(), sliceMs: config.querySliceMs, pause: () => clock.yield() };
}

/** An answer of parts, some of which come with buffers to be moved. */
function packed<T>(parts: readonly unknown[], answer: (bodies: readonly unknown[]) => T): T | Moved {
  const transfer = parts.flatMap((part) => (part instanceof Moved ? part.transfer : []));
  const body = answer(parts.map((part) => (part instanceof Moved ? part.body : part)));
  return transfer.length === 0 ? body : new Moved(body, transfer);
}
