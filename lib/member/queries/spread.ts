/**
 * Calls on everything that a map holds, made from one member (M42): each partition is asked of its primary, once.
 *
 * All partitions of a member are one request. Its answer says which of them it is about; the others, and those of members that were lost, are
 * asked again of whom the newest view names, until none is left. So however partitions move meanwhile, each is in exactly one of the parts.
 */
import type { MemberId } from '../../api/transport.ts';
import { onAbort } from '../../base/patience.ts';
import { AbortedError, OutcomeUnknownError, UnavailableError } from '../../errors.ts';
import type { MemberOperation, MemberShare, MergingAt } from '../../operations/home.ts';
import { LostCallError } from '../../transport/lost-call-error.ts';
import type { KeptRows, TakenRows } from './kept-rows.ts';
import { checkBackups } from '../calls/call-runner.ts';
import type { QueryMap } from './query-map.ts';
import { QuerySearch, type Group } from './query-search.ts';
import { type MemberQueries, slicesOf } from './query-server.ts';
import { shareOf, type AnyShare, type AnyVerb } from './query-verbs.ts';
import type { RowsAnswer, RunAnswer, RunBody } from './query-wire.ts';

/** One call as it is spread. */
interface Call {
  readonly verb: AnyVerb;
  readonly share: AnyShare;
  readonly args: unknown;
  /** Of the user. */
  readonly signal: AbortSignal | undefined;
  /** Aborted when the call has ended, however: whoever still works for it may stop. */
  readonly ended: AbortSignal;
  /** Made when first needed: on a single member it never is. */
  readonly wire: () => unknown;
}

/** Why `ended` is aborted: made once, because an error that nobody reads costs more than the message. */
const ENDED = new Error('the call has ended');

/** Rows of one member, some at a time. */
interface Source {
  readonly covered: readonly number[];
  readonly next: () => Promise<TakenRows>;
}

export class Spread {
  readonly #queries: MemberQueries;
  readonly #map: QueryMap;
  /** All partitions. */
  readonly #all: readonly number[];

  constructor(queries: MemberQueries, map: QueryMap) {
    this.#queries = queries;
    this.#map = map;
    this.#all = Array.from({ length: queries.parts.config.partitionCount }, (_, partition) => partition);
  }

  /** Errors: what members answered; ERR_UNAVAILABLE, or ERR_OUTCOME_UNKNOWN for changes, when partitions found nobody within `callTimeoutSeconds`. */
  async run<A, R>(operation: MemberOperation<A, R>, args: A): Promise<R> {
    const verb = operation as AnyVerb;
    const share = shareOf(verb);
    const signal = verb.signal?.(args);
    const ended = new AbortController();
    let wire: { readonly of: unknown } | undefined;
    const call: Call = {
      verb,
      share,
      args,
      signal,
      ended: ended.signal,
      wire: () => (wire ??= { of: share.toWire?.(args, this.#map.form) }).of,
    };
    if (share.rows?.areFor(args) === true) return share.rows.from(this.#rows(call, ended), args, this.#mergingAt()) as R;
    if (share.changes === true) this.#checkBackups(this.#asked(share, args));
    const stop = onAbort(signal, () => ended.abort(ENDED));
    try {
      const over = share.over?.(args, this.#map.config) ?? 'partitions';
      const parts = over === 'partitions' ? await this.#ofPartitions(call) : await this.#ofMembers(call, over === 'one');
      return (await share.merge(parts, args, this.#mergingAt())) as R;
    } finally {
      stop.cancel();
      ended.abort(ENDED);
    }
  }

  /** Of the partitions that this member serves only; `undefined` when there are none. */
  async runHere<A, R>(operation: MemberOperation<A, R>, args: A): Promise<R | undefined> {
    const verb = operation as AnyVerb;
    const share = shareOf(verb);
    const { replication } = this.#queries.parts;
    const asked = this.#asked(share, args).filter((partition) => replication.serves(partition));
    if (asked.length === 0) return undefined;
    const { parts } = await this.#serveHere({ verb, args, asked }, verb.signal?.(args));
    return parts.length === 0 ? undefined : ((await share.merge(parts, args, this.#mergingAt())) as R);
  }

  async #ofPartitions(call: Call): Promise<readonly unknown[]> {
    const search = this.#search(call);
    const parts: unknown[] = [];
    while (search.left.length > 0) {
      const answers = await Promise.all(search.groups().map((group) => this.#ask(call, search, group)));
      for (const answer of answers) {
        search.answered(answer.covered);
        for (const part of answer.parts) parts.push(part);
      }
      if (search.left.length > 0) await this.#again(call, search);
    }
    if (parts.length === 0) throw this.#unavailable(call);
    return parts;
  }

  /** Of members, whatever they hold: of each, or of one. */
  async #ofMembers(call: Call, one: boolean): Promise<readonly unknown[]> {
    const { membership } = this.#queries.parts;
    const search = this.#search(call);
    const parts = new Map<MemberId, unknown>();
    for (;;) {
      const holders = search.holders();
      const asked = one ? [holders.includes(membership.self) ? membership.self : holders[0]].filter((id) => id !== undefined) : holders;
      const left = asked.filter((id) => !parts.has(id));
      if (one ? parts.size > 0 : asked.length > 0 && left.length === 0) return [...parts.values()];
      const answers = await Promise.all(
        left.map(async (member) => ({ member, answer: await this.#ask(call, search, { member, partitions: undefined }) })),
      );
      for (const { member, answer } of answers) if (answer.parts.length > 0) parts.set(member, answer.parts[0]);
      if (answers.some(({ answer }) => answer.parts.length === 0) || left.length === 0) await this.#again(call, search);
    }
  }

  /** Rows, partition by partition; what is lost is opened again elsewhere. */
  async *#rows(call: Call, ended: AbortController): AsyncGenerator<unknown, void, undefined> {
    const stop = onAbort(call.signal, () => ended.abort(ENDED));
    const search = this.#search(call);
    try {
      while (search.left.length > 0) {
        const sources = await Promise.all(search.groups().map((group) => this.#open(call, search, group)));
        for (const source of sources) {
          for await (const { part, given } of inAdvance(source)) {
            search.answered(given);
            if (part !== undefined) yield part;
            search.check();
            search.alive(); // the reader has taken his time
          }
        }
        if (search.left.length > 0) await this.#again(call, search);
      }
    } finally {
      stop.cancel();
      ended.abort(ENDED);
    }
  }

  /** Asks one member for its part; nothing when it is lost, or has lost what it was asked for. */
  async #ask(
    call: Call,
    search: QuerySearch,
    { member, partitions }: { readonly member: MemberId; readonly partitions: readonly number[] | undefined },
  ): Promise<{ readonly covered: readonly number[]; readonly parts: readonly unknown[] }> {
    const { verb, args, share } = call;
    if (member === this.#queries.parts.membership.self) {
      return this.#serveHere({ verb, args, asked: partitions }, call.ended);
    }
    const { answer } = await this.#send(call, search, { member, partitions, opens: false });
    if (answer === undefined) return { covered: [], parts: [] };
    search.heard(answer.version);
    const { form } = this.#map;
    return {
      covered: answer.covered,
      parts: share.part === undefined ? answer.parts : answer.parts.map((part) => share.part!.from(part, form)),
    };
  }

  async #open(call: Call, search: QuerySearch, { member, partitions }: Group): Promise<Source> {
    const { verb, args, share, ended } = call;
    const { membership, transport, openMap, config } = this.#queries.parts;
    if (member === membership.self) {
      const kept: KeptRows = await this.#queries.open(await openMap(this.#map.name), { verb, args, asked: partitions }, ended);
      return { covered: kept.covered, next: () => kept.next() };
    }
    const { answer, ticket } = await this.#send(call, search, { member, partitions, opens: true });
    if (answer === undefined) return { covered: [], next: () => Promise.reject(new RangeError('there are no rows')) };
    search.heard(answer.version);
    const { covered } = answer;
    const { form } = this.#map;
    const next = async (): Promise<TakenRows> => {
      try {
        const options = { signal: ended, timeoutMs: config.callTimeoutMs };
        const taken = (await transport.request(member, 'query.rows', ticket, options)) as RowsAnswer | undefined;
        if (taken === undefined) return { part: undefined, given: [], lost: covered, done: true };
        const part = taken.part === undefined || share.part === undefined ? taken.part : share.part.from(taken.part, form);
        return { ...taken, part };
      } catch (error) {
        search.check();
        if (error instanceof LostCallError) return { part: undefined, given: [], lost: covered, done: true };
        throw error;
      }
    };
    return { covered, next };
  }

  /** Sends a question and waits for its answer: as long as the member says that it is at work, and may have what it is asked for. */
  async #send(
    { verb, wire, ended, signal }: Call,
    search: QuerySearch,
    asked: Pick<RunBody, 'opens'> & {
      readonly member: MemberId;
      readonly partitions: readonly number[] | undefined;
    },
  ): Promise<{ readonly answer: RunAnswer | undefined; readonly ticket: number }> {
    const { transport, membership, clock, config } = this.#queries.parts;
    const { member, partitions, opens } = asked;
    const patience = new AbortController();
    let heardAt = clock.now();
    const ticket = this.#queries.ticket(() => {
      heardAt = clock.now();
      search.alive();
    });
    const watch = (): void => {
      if (clock.now() - heardAt >= config.callTimeoutMs) patience.abort();
      else timer = clock.after(heardAt + config.callTimeoutMs - clock.now(), watch, true);
    };
    let timer = clock.after(config.callTimeoutMs, watch, true); // somebody waits for the answer
    const unlisten = membership.onView(({ members, partitions: holders }) => {
      const isGone = !members.some(({ id }) => id === member);
      if (isGone || partitions?.every((partition) => holders[partition]?.primary !== member) === true) patience.abort();
    });
    const stop = onAbort(ended, () => {
      patience.abort();
      transport.post(member, 'query.cancel', ticket);
    });
    const body: RunBody = {
      ticket,
      map: this.#map.name,
      verb: verb.name,
      args: wire(),
      asked: partitions,
      opens,
    };
    try {
      const answer = (await transport.request(member, 'query.run', body, { signal: patience.signal })) as RunAnswer;
      return { answer, ticket };
    } catch (error) {
      if (signal?.aborted === true) throw new AbortedError('the call was aborted while it waited', { cause: signal.reason });
      if (error instanceof LostCallError || patience.signal.aborted) return { answer: undefined, ticket };
      throw error;
    } finally {
      timer.cancel();
      unlisten();
      if (!opens) stop.cancel(); // what is kept must be given back
      this.#queries.forget(ticket);
    }
  }

  /** As far as this member knows; so that nothing is done where it would be refused elsewhere. Who serves looks again. */
  #checkBackups(asked: readonly number[]): void {
    const { view } = this.#queries.parts.membership;
    const known = { backupsOf: (partition: number): number => view.partitions[partition]?.backups.length ?? 0 };
    for (const partition of asked) checkBackups(known, this.#map, partition);
  }

  async #serveHere(question: Parameters<MemberQueries['serve']>[1], signal: AbortSignal | undefined): ReturnType<MemberQueries['serve']> {
    return this.#queries.serve(await this.#queries.parts.openMap(this.#map.name), question, signal);
  }

  async #again(call: Call, search: QuerySearch): Promise<void> {
    search.check();
    if (search.isOver) throw this.#unavailable(call);
    await search.pause();
  }

  #unavailable({ verb, share }: Call): Error {
    const details = { map: this.#map.name, operation: verb.name };
    const what = `map '${this.#map.name}': ${verb.name}`;
    return share.changes === true
      ? new OutcomeUnknownError(`${what} was not answered by all members that hold entries, and may have been done in part`, { details })
      : new UnavailableError(`${what} found nobody that serves some of the partitions`, { details });
  }

  #search({ share, args, signal }: Call): QuerySearch {
    const { clock, membership, config } = this.#queries.parts;
    return new QuerySearch({ clock, membership, timeoutMs: config.callTimeoutMs }, this.#asked(share, args), signal);
  }

  #asked(share: MemberShare<unknown, unknown, unknown>, args: unknown): readonly number[] {
    const only = share.partition?.(args);
    return only === undefined ? this.#all : [only];
  }

  #mergingAt(): MergingAt {
    return { form: this.#map.form, slices: slicesOf(this.#queries.parts), resultSizeLimit: this.#map.config.resultSizeLimit };
  }
}

/** All of a source, with the next rows on their way while somebody is at those before. */
async function* inAdvance({ covered, next }: Source): AsyncGenerator<TakenRows, void, undefined> {
  if (covered.length === 0) return;
  let ahead = next();
  for (let left = covered.length; left > 0;) {
    const taken = await ahead;
    left = taken.done ? 0 : left - taken.given.length - taken.lost.length;
    if (left > 0) {
      ahead = next();
      ahead.catch(() => undefined); // who has had enough does not hear of it
    }
    yield taken;
  }
}
