/**
 * All worker threads of an instance: started together, linked each with each, replaced when one ends, and ended together.
 *
 * The application's thread is a member too. It holds nothing, joins first and so leads; the coordinator lives in it. Leases never end: a thread's end is
 * known for certain, and the member goes with it.
 */
import { MessageChannel } from 'node:worker_threads';
import type { InstanceOptions } from '../../api/instance.ts';
import type { MemberId } from '../../api/transport.ts';
import type { Clock } from '../../base/clock.ts';
import { CHANNELS } from '../../base/diagnostics.ts';
import { endsWithin } from '../../base/ends-within.ts';
import { backOff } from '../../base/pause.ts';
import type { PortLinks } from '../../transport/port-links.ts';
import { WorkerThread } from './worker-thread.ts';

/** A thread that was a member for so long is replaced at once when it ends. */
const STEADY_MS = 10_000;
const RESTART_FIRST_MS = 100;
const RESTART_LONGEST_MS = 10_000;
/** What a thread that has closed everything may take to end by itself. */
const GRACE_MS = 1000;

interface Parts {
  readonly name: string;
  readonly options: InstanceOptions;
  readonly clock: Clock;
  readonly links: PortLinks;
  /** Told of each member whose thread has ended. */
  readonly evict: (member: MemberId) => void;
}

export class WorkerThreads {
  readonly #parts: Parts;
  /** All that have not ended. */
  readonly #live = new Map<MemberId, WorkerThread>();
  #closing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves when `count` workers are members. Errors: what kept one of them from it; none is left then. */
  async start(count: number): Promise<void> {
    try {
      const threads = await Promise.all(Array.from({ length: count }, (_, i) => this.#launch(`worker-${i + 1}`, 1)));
      await Promise.all(threads.map((thread) => thread.join()));
      for (const [i, thread] of threads.entries()) void this.#watch(`worker-${i + 1}`, 1, thread, 0);
    } catch (error) {
      this.#closing = true;
      await this.#terminate();
      throw error;
    }
  }

  /** Resolves when no worker has anything to do that would keep a program alive. The program stays alive until then. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#live.values(), (thread) => thread.idle()));
  }

  /** Closes all that the workers hold, and ends them. Errors: what went wrong with that. */
  async close(timeoutMs: number): Promise<void> {
    const { clock } = this.#parts;
    this.#closing = true;
    const threads = [...this.#live.values()];
    const closing = Promise.all(threads.map((thread) => thread.close(timeoutMs)));
    await endsWithin(clock, timeoutMs + GRACE_MS, closing);
    await endsWithin(clock, GRACE_MS, Promise.all(threads.map(({ ended }) => ended)));
    await this.#terminate();
    const failures = (await closing).filter((failure) => failure !== undefined);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1)
      throw new AggregateError(failures, `${failures.length} threads of '${this.#parts.name}' did not close cleanly`);
  }

  async #terminate(): Promise<void> {
    await Promise.all(Array.from(this.#live.values(), (thread) => thread.terminate()));
  }

  /** Starts a thread, and links it with all there are. */
  async #launch(slot: string, incarnation: number): Promise<WorkerThread> {
    const { links, options } = this.#parts;
    const id = `${slot}#${incarnation}`;
    const thread = new WorkerThread(id, links.self, options);
    const others = [...this.#live.values()];
    this.#live.set(id, thread);
    void thread.ended.then(() => this.#live.delete(id));
    const toApplication = new MessageChannel();
    links.connect(id, toApplication.port1);
    const connecting = [thread.connect(links.self, toApplication.port2)];
    for (const other of others) {
      const { port1, port2 } = new MessageChannel();
      connecting.push(thread.connect(other.id, port1), other.connect(id, port2));
    }
    await Promise.all(connecting);
    return thread;
  }

  /** Until the thread has ended; then there is another one in its place. */
  async #watch(slot: string, incarnation: number, thread: WorkerThread, failures: number): Promise<void> {
    const { clock } = this.#parts;
    const since = clock.now();
    const error = await thread.ended;
    if (this.#closing) return;
    this.#gone(thread.id, error);
    await this.#replace(slot, incarnation + 1, clock.now() - since >= STEADY_MS ? 0 : failures + 1);
  }

  async #replace(slot: string, incarnation: number, failures: number): Promise<void> {
    const { clock } = this.#parts;
    const delayMs = failures <= 1 ? 0 : backOff(clock, failures, RESTART_FIRST_MS, RESTART_LONGEST_MS);
    await new Promise<void>((resolve) => clock.after(delayMs, resolve, true)); // a program that waits for an answer must not end meanwhile
    if (this.#closing) return;
    const thread = await this.#launch(slot, incarnation);
    try {
      await thread.join();
    } catch (error) {
      await thread.terminate();
      if (this.#closing) return;
      this.#gone(thread.id, error);
      return this.#replace(slot, incarnation + 1, failures + 1);
    }
    if (this.#closing) await thread.terminate();
    else void this.#watch(slot, incarnation, thread, failures);
  }

  #gone(member: MemberId, error: unknown): void {
    const { name, links, evict } = this.#parts;
    links.disconnect(member);
    evict(member);
    CHANNELS.threads.publish({ instance: name, member, error });
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`worker thread '${member}' of '${name}' ended and is replaced`, {
      type: 'CobnutWarning',
      code: 'COBNUT_THREAD_ENDED',
      detail: why,
    });
  }
}
