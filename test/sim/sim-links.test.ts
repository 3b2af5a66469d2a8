/** The suite of links, for the simulated network when it loses nothing. */
import { SEED } from '../kit/seed.ts';
import { linksSuite } from '../transport/links-suite.ts';
import { SimNetwork } from './sim-network.ts';
import { SimProcess } from './sim-process.ts';
import { Simulation } from './simulation.ts';

linksSuite('simulated', () => {
  const simulation = new Simulation(SEED);
  const network = new SimNetwork(simulation);
  return {
    open: (...ids) => Promise.resolve(ids.map((id) => network.links(new SimProcess(simulation, id)))),
    async until(holds) {
      while (!holds()) {
        if (simulation.now > 60_000) throw new Error('did not come in a minute');
        await simulation.run(simulation.now + 10);
      }
    },
    end: () => undefined,
  };
});
