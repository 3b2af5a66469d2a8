/** Whether questions about the whole map find every entry that nobody touches, once, while others come and go and partitions move. */
import type { MapOptions } from '../../lib/api/instance.ts';
import type { Exam, ExamWorld, User } from './exam.ts';

const STABLE = 24;
/** Entries that come and go have values from here on. */
const RESTLESS_FROM = 1000;

export class QueryExam implements Exam {
  readonly mapName = 'asked';
  readonly #world: ExamWorld;
  #answered = 0;
  #stable = false;

  constructor(world: ExamWorld) {
    this.#world = world;
  }

  get answered(): number {
    return this.#answered;
  }

  options(): MapOptions {
    return { indexes: [{ attribute: 'this', ordered: true }] };
  }

  async prepare({ map }: User): Promise<void> {
    for (let i = 0; i < STABLE; i++) await map.set(`stable-${i}`, i);
    this.#stable = true;
  }

  async step({ who, map, process }: User): Promise<void> {
    const { chance, simulation } = this.#world;
    if (!this.#stable) return;
    const key = `restless-${chance.whole(0, 20)}`;
    if (chance.happens(0.6)) {
      await (chance.happens(0.7) ? map.set(key, RESTLESS_FROM + chance.whole(0, 100)) : map.remove(key)).catch((error: unknown) =>
        this.#world.outcome(error, `${who} changes ${key}`),
      );
      return;
    }
    // What was lost while it ran, or before, can't be found.
    if (this.#world.losses.length > 0) return;
    const what = chance.pick(['values', 'keySet', 'entrySet', 'count', 'ordered', 'size', 'iterate', 'sum'] as const);
    if (simulation.traced) simulation.note(`CALL ${who} asks for ${what}`);
    try {
      const wrong = await this.#ask(map, what);
      if (simulation.traced) simulation.note(`ANSWER ${who} ${what}: ${wrong ?? 'right'}`);
      if (wrong !== undefined && this.#world.losses.length === 0)
        simulation.fault(`${who} asked for ${what} until ${process.now.toFixed(3)}: ${wrong}`);
      this.#answered++;
    } catch (error) {
      this.#world.outcome(error, `${who} asks for ${what}`);
    }
  }

  judge(): void {}

  /** What is wrong with the answer. */
  async #ask(
    map: User['map'],
    what: 'values' | 'keySet' | 'entrySet' | 'count' | 'ordered' | 'size' | 'iterate' | 'sum',
  ): Promise<string | undefined> {
    const stable = `this < ${RESTLESS_FROM}`;
    switch (what) {
      case 'values':
        return wrongIn(await map.values(stable));
      case 'keySet':
        return wrongIn((await map.keySet()).filter((key) => key.startsWith('stable')).map((key) => Number(key.slice(7))));
      case 'entrySet':
        return wrongIn((await map.entrySet(stable)).map(([, value]) => value));
      case 'count': {
        const count = await map.query().where(stable).count();
        return count === STABLE ? undefined : `${count} instead of ${STABLE}`;
      }
      case 'ordered': {
        const values = await map
          .query()
          .where(stable)
          .orderBy('this' as never, 'desc')
          .limit(10)
          .toArray();
        const expected = Array.from({ length: 10 }, (_, i) => STABLE - 1 - i).join();
        return values.join() === expected ? undefined : `${values.join()} instead of ${expected}`;
      }
      case 'size': {
        const size = await map.size();
        return size >= STABLE && size <= STABLE + 21 ? undefined : `${size} entries`;
      }
      case 'iterate': {
        const values: number[] = [];
        for await (const value of map.query().where(stable)) values.push(value);
        return wrongIn(values);
      }
      case 'sum': {
        const values = await map.values();
        return wrongIn(values.filter((value) => value < RESTLESS_FROM));
      }
    }
  }
}

function wrongIn(values: readonly number[]): string | undefined {
  const times = new Map<number, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  const missed = Array.from({ length: STABLE }, (_, i) => i).filter((i) => !times.has(i));
  const doubled = [...times].filter(([, count]) => count > 1).map(([value]) => value);
  const parts = [missed.length > 0 ? `missed ${missed.join()}` : '', doubled.length > 0 ? `doubled ${doubled.join()}` : ''];
  return parts.some((part) => part !== '') ? parts.filter((part) => part !== '').join('; ') : undefined;
}
