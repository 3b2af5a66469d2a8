/** Rows over members, in any number: made ready to travel, read and merged in slices, so that nobody else waits for it (M45). */
import * as assert from 'uvu/assert';
import { valueForm } from '../../lib/data/value.ts';
import { attributeOf } from '../../grammar/attribute-path.ts';
import { type FoundPart, findShare, type Sought } from '../../lib/operations/find-share.ts';
import { iterateShare } from '../../lib/operations/iterate-share.ts';
import type { QueryRequest } from '../../lib/query/source/request.ts';
import type { Moved } from '../../lib/transport/transport.ts';
import { describe } from '../kit/describe.ts';

const test = describe('rows over members, in slices');
const form = valueForm('frozen');
const ROWS = 5000;

/** Each look at the clock is a slice later. */
function counted(): { pauses: number; readonly slices: Parameters<NonNullable<typeof findShare.part>['to']>[2] } {
  let now = 0;
  const seen = {
    pauses: 0,
    slices: {
      now: () => (now += 5),
      sliceMs: 5,
      pause: async (): Promise<void> => {
        seen.pauses++;
      },
    },
  };
  return seen;
}

async function travelled(part: FoundPart): Promise<FoundPart> {
  const seen = counted();
  const moved = (await findShare.part!.to(part, form, seen.slices)) as Moved;
  assert.ok(seen.pauses > 10, `${seen.pauses} pauses`);
  return findShare.part!.from(structuredClone(moved.body, { transfer: [...moved.transfer] }), form);
}

async function merged(parts: readonly FoundPart[], request: QueryRequest | undefined): Promise<readonly unknown[]> {
  const seen = counted();
  const args: Sought = { condition: { kind: 'constant', value: true }, wanted: 'values', request };
  const rows = await findShare.merge(parts, args, { form, slices: seen.slices, resultSizeLimit: Infinity });
  assert.ok(seen.pauses > 10, `${seen.pauses} pauses`);
  return rows;
}

const employee = (id: number): { readonly id: number } => Object.freeze({ id });
const even = Array.from({ length: ROWS }, (_, i) => employee(2 * i));
const odd = Array.from({ length: ROWS }, (_, i) => employee(2 * i + 1));

test('in no order', async () => {
  const parts = [await travelled({ wanted: 'values', rows: even, by: undefined }), { wanted: 'values', rows: odd, by: undefined } as const];
  assert.equal(await merged(parts, undefined), [...even, ...odd]);
});

test('in an order, and a page of it', async () => {
  const by = (rows: readonly { readonly id: number }[]): readonly (readonly unknown[])[] => rows.map(({ id }) => [id]);
  const orderBy = [{ attribute: attributeOf('id'), direction: 'asc' }] as const;
  const parts = async (): Promise<readonly FoundPart[]> => [
    await travelled({ wanted: 'values', rows: even, by: by(even) }),
    await travelled({ wanted: 'values', rows: odd, by: by(odd) }),
  ];
  const all = Array.from({ length: 2 * ROWS }, (_, id) => ({ id }));
  assert.equal(await merged(await parts(), { orderBy }), all);
  const keyed = (rows: readonly { readonly id: number }[]): readonly (readonly unknown[])[] => rows.map(({ id }) => [id, id]);
  const paged: readonly FoundPart[] = [
    await travelled({ wanted: 'values', rows: even, by: keyed(even), tiesByKey: true }),
    await travelled({ wanted: 'values', rows: odd, by: keyed(odd), tiesByKey: true }),
  ];
  assert.equal(await merged(paged, { orderBy, offset: 4000, limit: 3 }), all.slice(4000, 4003));
});

test('handed out one by one in an order, the event loop has its turns', async () => {
  const seen = counted();
  const args: Sought = { condition: { kind: 'constant', value: true }, wanted: 'values', request: { orderBy: [] } };
  const parts = [{ wanted: 'values', rows: even, by: undefined } as const];
  let rows = 0;
  let before = 0;
  const at = { form, slices: seen.slices, resultSizeLimit: Infinity };
  for await (const _ of await iterateShare.merge(parts, args, at)) if (++rows === 1) before = seen.pauses;
  assert.is(rows, ROWS);
  assert.ok(seen.pauses - before > 10, `${seen.pauses - before} pauses`);
});

test.run();
