/** The suite of links, for each kind that is in the library. */
import { setImmediate as tick } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../lib/base/clock.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';
import { PortLinks } from '../../lib/transport/port-links.ts';
import { linksSuite } from './links-suite.ts';

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await tick();
}

linksSuite('in one process', () => {
  const network = new InProcessNetwork(systemClock);
  return { open: (...ids) => Promise.resolve(ids.map((id) => network.links(id))), until, end: () => undefined };
});

linksSuite('over ports', () => {
  const all: PortLinks[] = [];
  return {
    open(...ids) {
      all.push(...ids.map((id) => new PortLinks(id)));
      for (const [i, one] of all.entries()) {
        for (const other of all.slice(i + 1)) {
          const { port1, port2 } = new MessageChannel();
          one.connect(other.self, port1);
          other.connect(one.self, port2);
        }
      }
      return Promise.resolve(all);
    },
    until,
    end: () => all.forEach((links) => links.close()),
  };
});
