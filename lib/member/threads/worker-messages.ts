/** What the application's thread and a worker say to each other beside the calls between members. */
import type { MessagePort } from 'node:worker_threads';
import type { InstanceOptions } from '../../api/instance.ts';
import type { MemberId } from '../../api/transport.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly id: MemberId;
  /** The member in the application's thread, which serves the coordinator. */
  readonly application: MemberId;
  /** As the user gave them. */
  readonly options: InstanceOptions;
  readonly control: MessagePort;
}

export type ToWorker =
  /** A link to another member; answered with `connected`. */
  | { readonly type: 'connect'; readonly member: MemberId; readonly port: MessagePort }
  /** All links are there; answered with `joined`. */
  | { readonly type: 'join' }
  /** Answered with `idle` when the worker has nothing to do that would keep a program alive. */
  | { readonly type: 'idle?' }
  /** Answered with `closed`; then the worker ends. */
  | { readonly type: 'close'; readonly timeoutMs: number };

export type FromWorker =
  | { readonly type: 'connected'; readonly member: MemberId }
  | { readonly type: 'joined' }
  /** It could not be started. */
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'idle' }
  /** `error`: as on the wire; left out when all is well. */
  | { readonly type: 'closed'; readonly error?: unknown };
