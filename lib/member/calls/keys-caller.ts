/** Calls on several keys: all keys of a member in one message, those of each partition under a number of their own; what is refused is asked again. */
import type { ClusterView } from '../../api/coordinator.ts';
import type { MemberId } from '../../api/transport.ts';
import { ErrorGroup } from '../../base/error-group.ts';
import { keyToWire } from '../../data/codec.ts';
import type { KeyAddress, KeyOperation, KeysOperation, KeysPart } from '../../operations/home.ts';
import type { ReadStamp } from '../../near-cache/near-network.ts';
import { errorFromWire } from '../../transport/error-wire.ts';
import { LostCallError } from '../../transport/lost-call-error.ts';
import type { Line } from './call-lines.ts';
import { Search, type CallNetwork } from './call-search.ts';
import type { KeysBody, KeysPartBody, PartAnswer } from './call-wire.ts';
import { isAgain, type KeyCaller, type KeyCallerParts } from './key-caller.ts';
import { serveKeys, type KeysOutcome } from './keys-runner.ts';

/** An answer, with what a near cache must know of it, by position. */
export interface StampedKeys<R> {
  readonly answer: R;
  /** `undefined`: read from this member's own memory, or nobody tells this member of changes. */
  readonly stamps: readonly (ReadStamp | undefined)[];
}

interface StampedPart<R> extends KeysPart<R> {
  readonly stamps: readonly (ReadStamp | undefined)[] | undefined;
}

/** The keys of one partition that are asked for. */
interface Part {
  readonly partition: number;
  readonly positions: number[];
  readonly numbered: { readonly line: Line; readonly number: number } | undefined;
  /** The term it was last sent under, and what the partition had lost by then. */
  term: number;
  losses: number;
  /** The terms under which it may have been done, without an answer, with the losses. */
  readonly begunUnder: Map<number, number>;
}

/** Most keys of a part that is done in one go: never so many that a pause comes between them. */
const PART = 64;

/** Calls under way at once, of those that are made key by key. */
const AT_ONCE = 256;

/** `at` must be distinct keys. After an error no part is asked for again; the first error is thrown when all that had begun have ended. */
export async function callKeys<A, R>(
  parts: KeyCallerParts,
  caller: KeyCaller,
  operation: KeysOperation<A, R>,
  at: readonly KeyAddress[],
  args: A,
): Promise<R> {
  const answered =
    operation.single === undefined
      ? await new KeysCaller(parts, caller, operation, at, args).call()
      : await singly(caller, operation.single, at, args);
  return operation.merge(answered as readonly KeysPart<R>[], at.length);
}

/** As `callKeys`, for verbs that only read, and a near cache of this member that is told of changes. */
export async function readKeys<A, R>(
  parts: KeyCallerParts,
  caller: KeyCaller,
  operation: KeysOperation<A, R>,
  at: readonly KeyAddress[],
  args: A,
): Promise<StampedKeys<R>> {
  const answered = await new KeysCaller(parts, caller, operation, at, args, true).call();
  const stamps = Array.from<ReadStamp | undefined>({ length: at.length });
  for (const part of answered) for (const [i, position] of part.positions.entries()) stamps[position] = part.stamps?.[i];
  return { answer: operation.merge(answered, at.length), stamps };
}

async function singly<A>(
  caller: KeyCaller,
  single: KeyOperation<A, unknown>,
  at: readonly KeyAddress[],
  args: A,
): Promise<readonly KeysPart<unknown>[]> {
  const answer = await severally(at.length, (position) => caller.call(single, at[position]!, args, undefined));
  return [{ positions: [...at.keys()], answer }];
}

/** Answers by position. After an error no further call is made. */
async function severally(count: number, call: (position: number) => Promise<unknown>): Promise<unknown[]> {
  const group = new ErrorGroup();
  const answers: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count && !group.signal.aborted) {
      const position = next++;
      answers[position] = await call(position);
    }
  };
  for (let i = 0; i < Math.min(AT_ONCE, count); i++) group.go(work);
  await group.wait();
  return answers;
}

class KeysCaller<A, R> {
  readonly #parts: KeyCallerParts;
  readonly #caller: KeyCaller;
  readonly #network: CallNetwork;
  readonly #operation: KeysOperation<A, R>;
  readonly #at: readonly KeyAddress[];
  readonly #args: A;
  readonly #group = new ErrorGroup();
  readonly #wantsStamps: boolean;
  readonly #answered: StampedPart<R>[] = [];

  constructor(
    parts: KeyCallerParts,
    caller: KeyCaller,
    operation: KeysOperation<A, R>,
    at: readonly KeyAddress[],
    args: A,
    wantsStamps = false,
  ) {
    this.#parts = parts;
    this.#caller = caller;
    this.#wantsStamps = wantsStamps;
    this.#network = parts.network;
    this.#operation = operation;
    this.#at = at;
    this.#args = args;
  }

  async call(): Promise<readonly StampedPart<R>[]> {
    const parts = this.#partitions();
    try {
      this.#begin(parts, new Search(this.#network, () => ({ map: this.#parts.name, operation: this.#operation.name })));
      await this.#group.wait();
      return this.#answered;
    } finally {
      for (const { numbered } of parts) numbered?.line.end(numbered.number);
    }
  }

  #partitions(): Part[] {
    const { once, apart } = this.#operation;
    const mostKeys = apart === undefined ? Infinity : PART;
    const parts: Part[] = [];
    const open = new Map<number, Part>();
    const waits = once === 'long' || this.#parts.config.mapStore !== undefined;
    for (const [position, { partition }] of this.#at.entries()) {
      const known = open.get(partition);
      if (known !== undefined && known.positions.length < mostKeys) {
        known.positions.push(position);
        continue;
      }
      const line = once === undefined ? undefined : this.#network.lines.next(waits ? 'long' : 'short');
      const numbered = line && { line, number: line.begin() };
      const part: Part = { partition, positions: [position], numbered, term: 0, losses: 0, begunUnder: new Map() };
      open.set(partition, part);
      parts.push(part);
    }
    return parts;
  }

  /** Each member by itself: one that is slow keeps nobody. */
  #begin(parts: readonly Part[], search: Search): void {
    const byMember = new Map<MemberId | undefined, Part[]>();
    for (const part of parts) {
      const { primary, losses = 0 } = this.#network.membership.view.partitions[part.partition] ?? {};
      if (part.numbered !== undefined && part.begunUnder.values().some((before) => before < losses))
        return this.#group.go(() => Promise.reject(search.unknown()));
      const others = byMember.get(primary);
      if (others === undefined) byMember.set(primary, [part]);
      else others.push(part);
    }
    for (const [member, some] of byMember) {
      const own = byMember.size === 1 ? search : search.fork();
      this.#group.go(async () => {
        const outcomes = member === undefined ? some.map(nobody) : await this.#ask(member, some);
        await this.#take(some, outcomes, own);
      });
    }
  }

  async #take(parts: readonly Part[], outcomes: readonly KeysOutcome[], search: Search): Promise<void> {
    const left: Part[] = [];
    let version = 0;
    let began = false;
    for (const [i, outcome] of outcomes.entries()) {
      const part = parts[i]!;
      if (outcome.kind === 'error') throw outcome.error;
      if (outcome.kind === 'answer')
        this.#answered.push({ positions: part.positions, answer: outcome.answer as R, stamps: outcome.stamps });
      else if (outcome.kind === 'apart') this.#group.go(() => this.#askApart(part));
      else {
        left.push(part);
        version = Math.max(version, outcome.version);
        began ||= outcome.began;
        if (outcome.began) part.begunUnder.set(part.term, part.losses);
      }
    }
    if (left.length === 0) return;
    await search.again(
      version === 0 && !began ? { kind: 'nobody' } : { kind: 'refused', version, began },
      this.#operation.once !== undefined,
    );
    if (!this.#group.signal.aborted) this.#begin(left, search);
  }

  /** Each key under a number of its own: some of them must wait. */
  async #askApart({ positions }: Part): Promise<void> {
    const apart = this.#operation.apart!;
    await severally(positions.length, (i) => {
      const position = positions[i]!;
      return this.#caller.call(apart.operation, this.#at[position]!, apart.argsOf(this.#args, position), undefined);
    });
  }

  #ask(member: MemberId, parts: readonly Part[]): Promise<readonly KeysOutcome[]> {
    return member === this.#network.self ? this.#askHere(parts) : this.#askAt(member, parts);
  }

  async #askHere(parts: readonly Part[]): Promise<readonly KeysOutcome[]> {
    const { catalog, name, form } = this.#parts;
    const { lines, replication, membership } = this.#network;
    const held = catalog.held(name) ?? (await catalog.open(name));
    const { answer } = this.#operation;
    const calls = parts.map((part) => ({
      partition: part.partition,
      ...sending(part, membership.view),
      id: part.numbered && lines.idOf(part.numbered.line, part.numbered.number),
      at: part.positions.map((position) => this.#at[position]!),
      args: this.#argsOf(part),
    }));
    // Kept as plain data, and what was kept before comes back as such; what only reads is not kept.
    const isKept = this.#operation.once !== undefined && answer !== undefined;
    const use = (one: unknown): unknown => (isKept ? answer.to(one as R, form) : one);
    const outcomes = await serveKeys(replication, held, this.#operation, calls, use);
    if (!isKept) return outcomes;
    return outcomes.map((outcome) => (outcome.kind === 'answer' ? { kind: 'answer', answer: answer.from(outcome.answer, form) } : outcome));
  }

  async #askAt(member: MemberId, parts: readonly Part[]): Promise<readonly KeysOutcome[]> {
    const { name, form } = this.#parts;
    const { client, membership } = this.#network;
    const { args, answer } = this.#operation;
    const isByKey = this.#operation.argsOf !== undefined;
    const encode = (one: A): unknown => (args === undefined ? one : args.to(one, form));
    const bodies = parts.map((part): KeysPartBody => {
      const { partition, positions, numbered } = part;
      const keys = positions.map((position) => keyToWire(this.#at[position]!.key));
      const id = numbered && ([numbered.line.line, numbered.number, numbered.line.doneBelow] as const);
      const { term, again } = sending(part, membership.view);
      return [partition, term, id, keys, isByKey ? encode(this.#argsOf(part)) : undefined, again];
    });
    const shared = isByKey ? undefined : encode(this.#args);
    const body = (ticket: number): KeysBody => [name, this.#operation.name, ticket, shared, bodies, this.#wantsStamps];
    try {
      const answers = (await client.ask(member, 'call.keys', body)).body as readonly PartAnswer[];
      return answers.map((one) => outcomeOf(one, (wire) => (answer === undefined ? wire : answer.from(wire, form))));
    } catch (error) {
      if (!(error instanceof LostCallError)) throw error;
      return parts.map(() => ({ kind: 'refused', version: 0, began: true }));
    }
  }

  #argsOf({ positions }: Part): A {
    return this.#operation.argsOf?.(this.#args, positions) ?? this.#args;
  }
}

/** How a part is sent now. */
function sending(part: Part, view: ClusterView): { readonly term: number; readonly again: boolean } {
  const { term, losses } = view.partitions[part.partition]!;
  part.term = term;
  part.losses = losses;
  return { term, again: isAgain(part.begunUnder, term) };
}

function nobody(): KeysOutcome {
  return { kind: 'refused', version: 0, began: false };
}

function outcomeOf(answer: PartAnswer, decode: (wire: unknown) => unknown): KeysOutcome {
  switch (answer[0]) {
    case 0:
      return { kind: 'answer', answer: decode(answer[1]), stamps: answer[2] };
    case 1:
      return { kind: 'refused', version: answer[1], began: answer[2] };
    case 2:
      return { kind: 'error', error: errorFromWire(answer[1]) };
    case 3:
      return { kind: 'apart' };
  }
}
