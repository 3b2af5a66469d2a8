/** Entries with a time to live: never seen when it is long over, never gone well before, whoever holds them by then. Each value is put once. */
import type { MapOptions } from '../../lib/api/instance.ts';
import type { Exam, ExamWorld, User } from './exam.ts';

/** By how much a change of the member that holds it may move an entry's end: messages under way and clocks of another rate. */
const SLACK_MS = 700;

interface Put {
  readonly value: number;
  readonly ttlMs: number;
  readonly made: number;
  returned: number;
}

export class ExpiryExam implements Exam {
  readonly mapName = 'brief';
  readonly #world: ExamWorld;
  readonly #puts = new Map<number, Put>();
  #values = 0;

  constructor(world: ExamWorld) {
    this.#world = world;
  }

  options(): MapOptions {
    return {};
  }

  /** Keys are used once, so that only time and losses take them away. */
  async step({ who, map, process }: User): Promise<void> {
    const { chance, simulation, losses } = this.#world;
    if (chance.happens(0.3)) {
      const value = ++this.#values;
      const ttlMs = chance.whole(100, 4000);
      const put: Put = { value, ttlMs, made: process.now, returned: Infinity };
      this.#puts.set(value, put);
      if (simulation.traced) simulation.note(`CALL ${who} puts brief-${value} for ${ttlMs}`);
      try {
        await map.set(`brief-${value}`, value, { ttlSeconds: ttlMs / 1000 });
        put.returned = process.now;
      } catch (error) {
        this.#world.outcome(error, `${who} puts brief-${value}`);
      }
      return;
    }
    if (this.#values === 0) return;
    const put = this.#puts.get(Math.max(1, this.#values - chance.whole(0, 12)))!;
    const { value, ttlMs } = put;
    const began = process.now;
    const wasThere = put.returned <= began;
    try {
      const found = await map.get(`brief-${value}`);
      if (simulation.traced) simulation.note(`READ ${who} brief-${value}: ${found}`);
      if (found !== undefined && began > put.returned + ttlMs * 1.1 + SLACK_MS)
        simulation.fault(`${who} sees brief-${value} ${(began - put.returned).toFixed(0)} ms after it was put, for ${ttlMs}`);
      if (found === undefined && wasThere && losses.length === 0 && process.now < put.made + ttlMs * 0.9 - SLACK_MS)
        simulation.fault(`${who} misses brief-${value} ${(process.now - put.made).toFixed(0)} ms after it was put, for ${ttlMs}`);
    } catch (error) {
      this.#world.outcome(error, `${who} reads brief-${value}`);
    }
  }

  judge(): void {}
}
