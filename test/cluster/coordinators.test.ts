/** The coordinators there are, held to what any must do. */
import * as assert from 'uvu/assert';
import { systemClock } from '../../lib/base/clock.ts';
import { LocalCoordinator } from '../../lib/cluster/local-coordinator.ts';
import { CoordinatorClient, serveCoordinator } from '../../lib/cluster/served-coordinator.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';
import { describe } from '../kit/describe.ts';
import { coordinatorSuite } from './coordinator-suite.ts';

coordinatorSuite('in memory', async () => {
  const local = new LocalCoordinator();
  return { coordinators: [local, local], close: () => local.close() };
});

function served(): {
  readonly clients: readonly [CoordinatorClient, CoordinatorClient];
  readonly network: InProcessNetwork;
  close(): Promise<void>;
} {
  const network = new InProcessNetwork(systemClock);
  const endpoint = (id: string): Endpoint => new Endpoint(network.links(id), systemClock);
  const [host, one, other] = [endpoint('host'), endpoint('one'), endpoint('other')] as const;
  const end = serveCoordinator(host, new LocalCoordinator());
  const close = async (): Promise<void> => {
    end();
    await Promise.all([host.close(), one.close(), other.close()]);
  };
  return { clients: [new CoordinatorClient(one, 'host'), new CoordinatorClient(other, 'host')], network, close };
}

coordinatorSuite('served by a member', async () => {
  const { clients, close } = served();
  return { coordinators: clients, close };
});

const test = describe('coordinator: served, without its member');

test('an answer that is lost is an outcome that nobody knows', async () => {
  const { clients, network, close } = served();
  await clients[0].read();
  const asked = [clients[0].read(), clients[0].propose(0, { version: 1, members: [], partitions: [] }), clients[0].renew('a#1')];
  const outcomes = Promise.allSettled(asked);
  network.kill('host');
  for (const { status } of await outcomes) assert.is(status, 'rejected');
  await close();
});

test('a coordinator that was closed answers nobody', async () => {
  const local = new LocalCoordinator();
  await local.close();
  const [outcome] = await Promise.allSettled([local.read()]);
  assert.is(outcome.status, 'rejected');
});

test.run();
