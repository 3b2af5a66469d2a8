/** What every kind of links must do, so that the rest of a member can stand on it: in one process, between threads, simulated, and on sockets later. */
import * as assert from 'uvu/assert';
import type { Links, MemberId } from '../../lib/api/transport.ts';
import { describe } from '../kit/describe.ts';

/** Members that can reach each other. */
export interface LinksWorld {
  /** The links of the members with these ids, all there and connected. */
  open(...ids: MemberId[]): Promise<readonly Links[]>;
  /** Waits until the condition holds; all that is under way arrives meanwhile. */
  until(holds: () => boolean): Promise<void>;
  /** Ends everything. */
  end(): Promise<void> | void;
}

/** A member's ear. */
class Ear {
  readonly got: unknown[] = [];
  readonly from: MemberId[] = [];
  readonly downs: MemberId[] = [];

  constructor(links: Links) {
    links.onEnvelope((from, envelope) => {
      this.from.push(from);
      this.got.push(envelope);
    });
    links.onDown((member) => this.downs.push(member));
  }
}

/** A network that loses nothing. */
export function linksSuite(name: string, makeWorld: () => LinksWorld): void {
  const test = describe(`links: ${name}`);

  /** Runs with members a, b and c. */
  function with3(
    title: string,
    run: (world: LinksWorld, links: readonly [Links, Links, Links], ears: readonly [Ear, Ear, Ear]) => Promise<void>,
  ): void {
    test(title, async () => {
      const world = makeWorld();
      try {
        const [a, b, c] = await world.open('a#1', 'b#1', 'c#1');
        await run(world, [a!, b!, c!], [new Ear(a!), new Ear(b!), new Ear(c!)]);
      } finally {
        await world.end();
      }
    });
  }

  with3('envelopes arrive once, in order, with the name of whoever sent them', async (world, [a, b, c], [, , ear]) => {
    const count = 500;
    for (let i = 0; i < count; i++) {
      a.send('c#1', i);
      b.send('c#1', -i);
    }
    await world.until(() => ear.got.length >= 2 * count);
    const of = (member: MemberId): unknown[] => ear.got.filter((_, at) => ear.from[at] === member);
    assert.equal(
      of('a#1'),
      Array.from({ length: count }, (_, i) => i),
    );
    assert.equal(
      of('b#1'),
      Array.from({ length: count }, (_, i) => -i),
    );
    assert.is(ear.got.length, 2 * count);
    assert.is(a.self, 'a#1');
    assert.is(c.self, 'c#1');
  });

  with3('the receiver gets a copy of what was there when it was sent', async (world, [a], [, ear]) => {
    const sent = {
      none: undefined,
      no: null,
      big: 12n ** 20n,
      odd: [NaN, -0, Infinity],
      at: new Date(7),
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 'x'])]]),
      bytes: new Uint8Array([1, 2, 3]),
      doubles: new Float64Array([0.5]),
      text: 'ä 𝒳 \ud800',
      nested: [[[{}]]],
    };
    const before = structuredClone(sent);
    a.send('b#1', sent);
    sent.bytes[0] = 9;
    sent.nested.push([]);
    await world.until(() => ear.got.length > 0);
    assert.equal(ear.got[0], before);
    (ear.got[0] as typeof sent).at.setTime(0);
    assert.is(sent.at.getTime(), 7);
  });

  with3('buffers can be moved', async (world, [a], [, ear]) => {
    const bytes = new Uint8Array([1, 2, 3]);
    a.send('b#1', { bytes, kept: new Uint8Array([4]) }, [bytes.buffer]);
    await world.until(() => ear.got.length > 0);
    assert.equal(ear.got[0], { bytes: new Uint8Array([1, 2, 3]), kept: new Uint8Array([4]) });
  });

  with3('what is no data is refused at once, and does no harm to what comes after', async (world, [a], [, ear]) => {
    assert.throws(() => a.send('b#1', { run: (): void => undefined }));
    a.send('b#1', 'next');
    await world.until(() => ear.got.length > 0);
    assert.equal(ear.got, ['next']);
  });

  with3('envelopes may be sent while one is received', async (world, [a, b], [ear]) => {
    a.onEnvelope((_, envelope) => {
      ear.got.push(envelope);
      if ((envelope as number) < 50) a.send('b#1', (envelope as number) + 1);
    });
    b.onEnvelope((from, envelope) => b.send(from, (envelope as number) + 1));
    a.send('b#1', 0);
    await world.until(() => ear.got.at(-1) === 51);
    assert.equal(
      ear.got,
      Array.from({ length: 26 }, (_, i) => 2 * i + 1),
    );
  });

  with3('a large envelope arrives whole', async (world, [a], [, ear]) => {
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `name ${id}`, tags: [id % 7] }));
    a.send('b#1', rows);
    a.send('b#1', 'after');
    await world.until(() => ear.got.length === 2);
    assert.equal(ear.got, [rows, 'after']);
  });

  with3('who has closed hears and says nothing any more; the others are told when they had a link', async (world, [a, b], [ear, other]) => {
    a.send('b#1', 'one');
    b.send('a#1', 'two');
    await world.until(() => ear.got.length === 1 && other.got.length === 1);
    await b.close();
    await world.until(() => ear.downs.includes('b#1'));
    a.send('b#1', 'three');
    b.send('a#1', 'four');
    a.send('c#1', 'five');
    await world.until(() => ear.downs.filter((member) => member === 'b#1').length > 1);
    assert.equal(ear.got, ['two']);
    assert.equal(other.got, ['one']);
    assert.not(ear.downs.includes('c#1'));
  });

  with3('sending to nobody is no error, and is told', async (world, [a], [ear]) => {
    a.send('nobody#1', 1);
    assert.equal(ear.downs, []); // not within the call
    await world.until(() => ear.downs.length > 0);
    assert.equal(ear.downs, ['nobody#1']);
  });

  test.run();
}
