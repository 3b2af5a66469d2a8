/** One worker thread, as the application's thread sees it: from its start to its end. */
import { extname } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { InstanceOptions } from '../../api/instance.ts';
import type { MemberId } from '../../api/transport.ts';
import { UnavailableError } from '../../errors.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../../member/threads/worker-messages.ts';
import { errorFromWire } from '../../transport/error-wire.ts';

/** The sources are TypeScript, what is published is JavaScript. */
const ENTRY = new URL(`../../member/threads/worker-entry${extname(import.meta.url)}`, import.meta.url);

export class WorkerThread {
  readonly id: MemberId;
  /** Resolves when the thread has ended, to why. Never rejects. */
  readonly ended: Promise<Error>;
  readonly #worker: Worker;
  readonly #control: MessagePort;
  /** What is waited for, by the message that answers it. */
  readonly #waiting = new Map<string, (message: FromWorker) => void>();
  #error: Error | undefined;
  #isMember = false;

  constructor(id: MemberId, application: MemberId, options: InstanceOptions) {
    this.id = id;
    const { port1, port2 } = new MessageChannel();
    const start: WorkerStart = { id, application, options, control: port2 };
    this.#worker = new Worker(ENTRY, { name: id, workerData: start, transferList: [port2] });
    this.#worker.on('error', (error) => (this.#error = error instanceof Error ? error : new Error(String(error))));
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#hearLast();
        resolve(this.#error ?? new UnavailableError(`the worker thread '${id}' exited with code ${code}`));
      });
    });
    this.#control = port1;
    port1.on('message', (message: FromWorker) => this.#hear(message));
    port1.unref();
  }

  /** A link from this worker to another member. Resolves when it is there, or the thread has ended. */
  async connect(member: MemberId, port: MessagePort): Promise<void> {
    await Promise.race([this.#ask({ type: 'connect', member, port }, `connected ${member}`, [port]), this.ended]);
  }

  /** Resolves when the worker is a member; from then on it does not keep the program alive. Errors: what kept it from that. */
  async join(): Promise<void> {
    const answer = await Promise.race([this.#ask({ type: 'join' }, 'joined'), this.ended]);
    if (answer instanceof Error) throw answer;
    if (answer.type === 'failed') throw errorFromWire(answer.error);
    this.#isMember = true;
    this.#worker.unref();
  }

  /** Resolves when it has nothing to do that would keep a program alive, or has ended; the program stays alive until then. */
  async idle(): Promise<void> {
    if (!this.#isMember) return; // it keeps the program alive itself
    this.#worker.ref();
    await Promise.race([this.#ask({ type: 'idle?' }, 'idle'), this.ended]);
    this.#worker.unref();
  }

  /** Closes what it holds, then ends it. Resolves to what went wrong with that. The program stays alive until then. */
  async close(timeoutMs: number): Promise<unknown> {
    this.#worker.ref();
    const answer = await Promise.race([this.#ask({ type: 'close', timeoutMs }, 'closed'), this.ended]);
    if (answer instanceof Error) return answer;
    return answer.type === 'closed' && answer.error !== undefined ? errorFromWire(answer.error) : undefined;
  }

  /** Ends it at once, whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    this.#control.close();
  }

  #ask(message: ToWorker, answer: string, transfer: readonly MessagePort[] = []): Promise<FromWorker> {
    return new Promise((resolve) => {
      this.#waiting.set(answer, resolve);
      this.#control.postMessage(message, transfer);
    });
  }

  /** What it said before its end may come after that. */
  #hearLast(): void {
    for (let last = receiveMessageOnPort(this.#control); last !== undefined; last = receiveMessageOnPort(this.#control))
      this.#hear(last.message as FromWorker);
  }

  #hear(message: FromWorker): void {
    // What can't be started says so instead of having joined.
    const answer = message.type === 'connected' ? `connected ${message.member}` : message.type === 'failed' ? 'joined' : message.type;
    this.#waiting.get(answer)?.(message);
    this.#waiting.delete(answer);
  }
}
