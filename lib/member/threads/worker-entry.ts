/** Where a worker thread begins: a member that holds partitions, linked to all others by message ports. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { CoordinatorClient } from '../../cluster/served-coordinator.ts';
import { resolve } from '../../config/resolve.ts';
import { errorToWire } from '../../transport/error-wire.ts';
import { PortLinks } from '../../transport/port-links.ts';
import { joinCluster, type ClusterMember } from '../cluster/cluster-member.ts';
import { importModule } from '../import-part.ts';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts';

class WorkerMember {
  readonly #start: WorkerStart;
  readonly #control: MessagePort;
  readonly #links: PortLinks;
  #member: ClusterMember | undefined;
  #isAsked = false;

  constructor(start: WorkerStart) {
    this.#start = start;
    this.#control = start.control;
    this.#links = new PortLinks(start.id);
  }

  begin(): void {
    this.#control.on('message', (message: ToWorker) => void this.#obey(message));
    // Nothing left to do but to listen: that is what the application's thread may want to know.
    process.on('beforeExit', () => this.#tellIdle());
  }

  async #obey(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'connect':
        this.#links.connect(message.member, message.port);
        return this.#tell({ type: 'connected', member: message.member });
      case 'join':
        return this.#join();
      case 'idle?':
        this.#isAsked = true;
        this.#control.unref();
        return;
      case 'close':
        return this.#close(message.timeoutMs);
    }
  }

  async #join(): Promise<void> {
    const { application, options } = this.#start;
    try {
      for (const module of options.workerImports ?? []) await importModule(module, 'workerImports');
      const { threads = 1, ...rest } = options;
      const config = resolve(rest);
      this.#member = await joinCluster({
        config,
        links: this.#links,
        coordinator: (transport) => new CoordinatorClient(transport, application),
        clock: systemClock,
        lite: false,
        leaseMs: Infinity,
        initialMembers: threads,
      });
      this.#tell({ type: 'joined' });
    } catch (error) {
      this.#tell({ type: 'failed', error: errorToWire(error) });
      this.#end();
    }
  }

  async #close(timeoutMs: number): Promise<void> {
    try {
      await this.#member?.close({ timeoutMs, evacuates: false });
      this.#tell({ type: 'closed' });
    } catch (error) {
      this.#tell({ type: 'closed', error: errorToWire(error) });
    }
    this.#end();
  }

  /** Nothing keeps the thread alive any more. */
  #end(): void {
    this.#links.close();
    this.#control.close();
  }

  #tellIdle(): void {
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#control.ref();
    this.#tell({ type: 'idle' });
  }

  #tell(message: FromWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a port, not to a window
    this.#control.postMessage(message);
  }
}

new WorkerMember(workerData as WorkerStart).begin();
