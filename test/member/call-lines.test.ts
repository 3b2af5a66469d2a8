/** Numbers of calls: all below `doneBelow` have ended, and a call that takes long keeps only so many others. */
import * as assert from 'uvu/assert';
import { CallLines, type Line } from '../../lib/member/calls/call-lines.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('call lines');

let state = SEED >>> 0;
/** Numerical Recipes' generator: chance enough to shuffle with. */
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

test('calls that end in any order are done below the oldest that has not', () => {
  const lines = new CallLines('m#1');
  const line = lines.next('short');
  const open = new Set<number>();
  for (let i = 0; i < 5000; i++) {
    if (open.size < 50 && (open.size === 0 || random() < 0.5)) open.add(line.begin());
    else {
      const ended = [...open][Math.floor(random() * open.size)]!;
      open.delete(ended);
      line.end(ended);
    }
    const oldest = open.size === 0 ? undefined : Math.min(...open);
    if (oldest !== undefined) assert.is(line.doneBelow, oldest);
    for (const number of open) assert.ok(number >= line.doneBelow);
  }
  for (const number of open) line.end(number);
  assert.is(line.length, 0);
});

test('short calls and long ones have lines of their own', () => {
  const lines = new CallLines('m#1');
  const long = lines.next('long');
  const waiting = long.begin();
  const short = lines.next('short');
  short.end(short.begin());
  assert.equal(lines.idOf(short, 2), { caller: 'm#1', line: short.line, number: 2, doneBelow: 2 });
  assert.is(lines.idOf(long, waiting).doneBelow, 1);
  assert.is.not(short.line, long.line);
});

test('a line that has grown long behind one call is left to it', () => {
  const lines = new CallLines('m#1');
  const first = lines.next('long');
  const stuck = first.begin();
  let last: Line = first;
  for (let i = 0; i < 10_000; i++) {
    last = lines.next('long');
    last.end(last.begin());
    assert.ok(last.length <= 4096);
  }
  assert.is.not(last.line, first.line);
  first.end(stuck);
  assert.is(first.length, 0);
});

test.run();
