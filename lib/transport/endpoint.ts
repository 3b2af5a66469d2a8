/**
 * A member's end of all its links: requests and answers, in one envelope per link and tick.
 *
 * A tick is what the event loop runs in one go, its promises included; the envelopes go out by `clock.yield()`. An envelope is an array of messages,
 * each an array that begins with its kind: sending many calls as one array is five times as fast as sending each on its own.
 */
import type { Links, MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import { errorFromWire, errorToWire } from './error-wire.ts';
import { LostCallError } from './lost-call-error.ts';
import { Pending } from './pending.ts';
import { Moved, type Handler, type RequestOptions, type Transport } from './transport.ts';

const POST = 0;
const REQUEST = 1;
const ANSWER = 2;
const FAILURE = 3;

type Message =
  | readonly [kind: typeof POST, type: string, body: unknown]
  | readonly [kind: typeof REQUEST, type: string, body: unknown, call: number]
  | readonly [kind: typeof ANSWER, call: number, answer: unknown]
  | readonly [kind: typeof FAILURE, call: number, error: unknown];

/** What goes out at the end of the tick. */
interface Outgoing {
  readonly messages: Message[];
  /** Buffers that are moved, by the message they are in. */
  moved: Map<Message, readonly ArrayBuffer[]> | undefined;
}

export class Endpoint implements Transport {
  readonly self: MemberId;
  readonly #links: Links;
  readonly #clock: Clock;
  readonly #handlers = new Map<string, Handler>();
  readonly #downs = new Set<(member: MemberId) => void>();
  readonly #outgoing = new Map<MemberId, Outgoing>();
  readonly #pending: Pending;
  readonly #jobs: (() => void)[] = [];
  #flushing = false;
  #closed = false;

  /** The links are this endpoint's from now on. */
  constructor(links: Links, clock: Clock) {
    this.self = links.self;
    this.#links = links;
    this.#clock = clock;
    this.#pending = new Pending(clock, (some) => links.waiting?.(some));
    links.onEnvelope((from, envelope) => this.#receive(from, envelope));
    links.onDown((member) => this.#down(member));
  }

  request(to: MemberId, type: string, body: unknown, options?: RequestOptions): Promise<unknown> {
    if (this.#closed) return Promise.reject(new LostCallError(to, 'this end was closed'));
    return this.#pending.add(to, options, (call) => this.#send(to, [REQUEST, type, body, call], options?.transfer));
  }

  post(to: MemberId, type: string, body: unknown, transfer?: readonly ArrayBuffer[]): void {
    this.#send(to, [POST, type, body], transfer);
  }

  handle(type: string, handler: Handler): void {
    if (this.#handlers.has(type)) throw new Error(`'${type}' has a handler already`);
    this.#handlers.set(type, handler);
  }

  atTickEnd(job: () => void): void {
    this.#jobs.push(job);
    this.#flushLater();
  }

  onDown(listener: (member: MemberId) => void): () => void {
    this.#downs.add(listener);
    return () => this.#downs.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#pending.rejectAll('this end was closed');
    await this.#links.close();
  }

  #send(to: MemberId, message: Message, transfer?: readonly ArrayBuffer[]): void {
    if (this.#closed) return;
    let outgoing = this.#outgoing.get(to);
    if (outgoing === undefined) this.#outgoing.set(to, (outgoing = { messages: [], moved: undefined }));
    outgoing.messages.push(message);
    if (transfer !== undefined && transfer.length > 0) (outgoing.moved ??= new Map()).set(message, transfer);
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#flushing || this.#closed) return;
    this.#flushing = true;
    void this.#clock.yield().then(() => this.#flush());
  }

  #flush(): void {
    if (this.#closed) return;
    for (let i = 0; i < this.#jobs.length; i++) attempt(this.#jobs[i]!); // jobs may add jobs
    this.#jobs.length = 0;
    this.#flushing = false;
    const all = [...this.#outgoing];
    this.#outgoing.clear();
    for (const [to, outgoing] of all) {
      if (to === this.self) this.#deliverToSelf(outgoing);
      else this.#dispatch(to, outgoing);
    }
  }

  #dispatch(to: MemberId, { messages, moved }: Outgoing): void {
    try {
      this.#links.send(to, messages, moved && [...moved.values()].flat());
    } catch (error) {
      // Something in the envelope can't be sent: all the rest must not suffer from it.
      if (messages.length === 1) this.#returnToSender(to, messages[0]!, error);
      else for (const message of messages) this.#dispatch(to, { messages: [message], moved: only(message, moved) });
    }
  }

  #returnToSender(to: MemberId, message: Message, error: unknown): void {
    if (message[0] === REQUEST) this.#pending.reject(message[3], error);
    else if (message[0] === ANSWER) this.#fail(to, message[1], error);
    else void unhandled(error); // what is posted is the library's own: an error of the program
  }

  #deliverToSelf({ messages, moved }: Outgoing): void {
    const transfer = moved === undefined ? [] : [...moved.values()].flat();
    const envelope: unknown = structuredClone(messages, { transfer });
    void this.#clock.yield().then(() => this.#receive(this.self, envelope));
  }

  #receive(from: MemberId, envelope: unknown): void {
    // A copy of what another endpoint sent.
    for (const message of envelope as readonly Message[]) {
      if (this.#closed) return;
      switch (message[0]) {
        case POST:
          attempt(() => this.#handlers.get(message[1])?.(from, message[2]));
          break;
        case REQUEST:
          this.#serve(from, message[1], message[2], message[3]);
          break;
        case ANSWER:
          this.#pending.resolve(message[1], message[2]);
          break;
        case FAILURE:
          this.#pending.reject(message[1], errorFromWire(message[2]));
      }
    }
  }

  #serve(from: MemberId, type: string, body: unknown, call: number): void {
    try {
      const handler = this.#handlers.get(type);
      if (handler === undefined) throw new Error(`member '${this.self}' knows no '${type}'`);
      const answer = handler(from, body);
      if (!(answer instanceof Promise)) return this.#answer(from, call, answer);
      answer.then(
        (value) => this.#answer(from, call, value),
        (error) => this.#fail(from, call, error),
      );
    } catch (error) {
      this.#fail(from, call, error);
    }
  }

  #answer(to: MemberId, call: number, answer: unknown): void {
    if (answer instanceof Moved) this.#send(to, [ANSWER, call, answer.body], answer.transfer);
    else this.#send(to, [ANSWER, call, answer]);
  }

  #fail(to: MemberId, call: number, error: unknown): void {
    this.#send(to, [FAILURE, call, errorToWire(error)]);
  }

  #down(member: MemberId): void {
    if (this.#closed) return;
    this.#outgoing.delete(member);
    this.#pending.rejectOf(member, 'the link broke');
    for (const listener of this.#downs) attempt(() => listener(member));
  }
}

function only(message: Message, moved: Outgoing['moved']): Outgoing['moved'] {
  const buffers = moved?.get(message);
  return buffers && new Map([[message, buffers]]);
}

/** An error of one must not keep the others from their turn. */
function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    void unhandled(error);
  }
}

/** As an error that nobody caught. */
async function unhandled(error: unknown): Promise<never> {
  throw error;
}
