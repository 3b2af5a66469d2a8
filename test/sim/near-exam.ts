/**
 * What near caches promise: a caller sees its own writes, never goes back behind what it has seen, and when all is quiet sees what is there. Each
 * key has one writer, who writes growing numbers; everybody reads. And what M70 promises: once a caller has been told that a key has changed, and the change is done, no
 * read that it begins sees what was there before.
 */
import type { MemberId } from '../../lib/api/transport.ts';
import type { MapOptions } from '../../lib/api/instance.ts';
import { messagesIn } from '../../lib/transport/envelope.ts';
import type { Exam, ExamWorld, User } from './exam.ts';

const KEYS = 4;

export class NearExam implements Exam {
  readonly mapName = 'near';
  readonly #world: ExamWorld;
  /** By key: the last number that its writer was told is there, and the last it tried. */
  readonly #written = new Map<string, { known: number; tried: number }>();
  /** By reader and key: the highest number seen. */
  readonly #seen = new Map<string, number>();
  /** By envelope under way: what the writers of the keys that it names had tried when it was sent. */
  readonly #underWay = new WeakMap<object, readonly (readonly [key: string, tried: number])[]>();
  /** By reader and key: what it was told of. */
  readonly #told = new Map<string, number>();
  #invalidations = 0;
  #numbers = 0;

  constructor(world: ExamWorld) {
    this.#world = world;
  }

  options(): MapOptions {
    return { nearCache: { maxSize: 100 } };
  }

  get invalidations(): number {
    return this.#invalidations;
  }

  watch(envelope: object, to: MemberId, when: 'sent' | 'handled'): void {
    if (when === 'sent') {
      const keys = invalidatedKeys(envelope);
      if (keys.length > 0)
        this.#underWay.set(
          envelope,
          keys.map((key) => [key, this.#written.get(key)?.tried ?? 0]),
        );
      return;
    }
    for (const [key, tried] of this.#underWay.get(envelope) ?? []) {
      this.#invalidations++;
      const reader = `${to} ${key}`;
      this.#told.set(reader, Math.max(this.#told.get(reader) ?? 0, tried));
    }
  }

  async step(user: User): Promise<void> {
    const { chance } = this.#world;
    const key = `near-${chance.whole(0, KEYS - 1)}`;
    const isWriter = user.who.startsWith(`c${key.at(-1) === '0' || key.at(-1) === '1' ? 0 : 1}`) && user.who.endsWith('/0');
    if (isWriter && chance.happens(0.4)) await this.#write(user, key);
    else await this.#read(user, key);
  }

  async finish(user: User): Promise<void> {
    for (let i = 0; i < KEYS; i++) {
      const key = `near-${i}`;
      const { known, tried } = this.#written.get(key) ?? { known: 0, tried: 0 };
      const value = (await user.map.get(key)) ?? 0;
      if (this.#world.losses.length === 0 && (value < known || value > tried))
        this.#world.simulation.fault(`${user.who} reads ${key} as ${value} in the end, it is ${known}`);
    }
  }

  judge(): void {}

  async #write({ who, map }: User, key: string): Promise<void> {
    const written = this.#written.get(key) ?? { known: 0, tried: 0 };
    this.#written.set(key, written);
    const number = ++this.#numbers;
    written.tried = number;
    try {
      await map.set(key, number);
      written.known = number;
      this.#see(`${who.split('/')[0]} ${key}`, number);
    } catch (error) {
      this.#world.outcome(error, `${who} writes ${key}`);
    }
  }

  async #read({ who, map }: User, key: string): Promise<void> {
    const reader = `${who.split('/')[0]} ${key}`;
    const told = this.#told.get(reader) ?? 0;
    const isDone = (this.#written.get(key)?.known ?? 0) >= told;
    const least = Math.max(this.#seen.get(reader) ?? 0, isDone ? told : 0);
    const before = this.#world.losses.length;
    try {
      const value = (await map.get(key)) ?? 0;
      if (this.#world.simulation.traced) this.#world.simulation.note(`READ ${who} ${key} ${value}`);
      if (value < least && before === 0 && this.#world.losses.length === 0)
        this.#world.simulation.fault(`${who} reads ${key} as ${value}, after it had seen, or been told of, ${least}`);
      this.#see(reader, value);
    } catch (error) {
      this.#world.outcome(error, `${who} reads ${key}`);
    }
  }

  #see(reader: string, value: number): void {
    this.#seen.set(reader, Math.max(this.#seen.get(reader) ?? 0, value));
  }
}

/** Keys named by messages about changes of this map in an envelope between members. */
function invalidatedKeys(envelope: object): readonly string[] {
  if (!Array.isArray(envelope)) return [];
  return messagesIn(envelope).flatMap(([, type, body]) => {
    if (type !== 'near.invalidate') return [];
    const { changes } = body as { readonly changes: readonly (readonly [map: string, partition: number, keys: unknown])[] };
    return changes.flatMap(([, , keys]) => (Array.isArray(keys) ? (keys as string[]) : []));
  });
}
