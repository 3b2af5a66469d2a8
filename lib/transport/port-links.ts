/**
 * Links over MessagePorts, one for each other member: between worker threads, where structured clones of arrays are the fastest way there is.
 *
 * The ports do not keep the thread alive, unless answers are waited for.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Links, MemberId } from '../api/transport.ts';

export class PortLinks implements Links {
  readonly self: MemberId;
  readonly #ports = new Map<MemberId, MessagePort>();
  readonly #downs: ((member: MemberId) => void)[] = [];
  /** Open, but not to anybody: keeps the thread alive while it is asked to. */
  readonly #anchor: MessageChannel = new MessageChannel();
  #receive: ((from: MemberId, envelope: unknown) => void) | undefined;
  #closed = false;

  constructor(self: MemberId) {
    this.self = self;
    this.#anchor.port1.on('message', () => undefined).unref();
  }

  /** A link to a member, whose other end is there: the port of one MessageChannel. It goes down with its port. */
  connect(member: MemberId, port: MessagePort): void {
    if (this.#closed) return port.close();
    this.#ports.set(member, port);
    port.on('message', (envelope) => this.#receive?.(member, envelope));
    port.on('messageerror', () => port.close()); // what came can't be read here: as if it were lost, and the link with it
    port.on('close', () => this.#down(member, port));
    port.unref();
  }

  /** Ends the link: the member is gone. */
  disconnect(member: MemberId): void {
    this.#ports.get(member)?.close();
  }

  send(to: MemberId, envelope: unknown, transfer?: readonly ArrayBuffer[]): void {
    const port = this.#ports.get(to);
    if (port !== undefined) port.postMessage(envelope, transfer);
    else if (!this.#closed) void Promise.resolve().then(() => this.#tellDown(to)); // not within the call
  }

  onEnvelope(receive: (from: MemberId, envelope: unknown) => void): void {
    this.#receive = receive;
  }

  onDown(listener: (member: MemberId) => void): void {
    this.#downs.push(listener);
  }

  waiting(some: boolean): void {
    if (this.#closed) return;
    if (some) this.#anchor.port1.ref();
    else this.#anchor.port1.unref();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
    this.#anchor.port1.close();
  }

  #down(member: MemberId, port: MessagePort): void {
    if (this.#ports.get(member) !== port) return;
    this.#ports.delete(member);
    this.#tellDown(member);
  }

  #tellDown(member: MemberId): void {
    if (!this.#closed) for (const listener of this.#downs) listener(member);
  }
}
