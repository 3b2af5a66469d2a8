/** Estimated costs beside what the heap really grows by, for the kinds of values in docs/statistics.md. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import type { Growth } from './heap-growth.ts';

const test = describe('cost in the heap');
/** Of the real bytes; the docs say a tenth. */
const ERROR_MAX = 0.12;

test('the estimate is within a tenth or so of the heap, for values of every kind', () => {
  const script = fileURLToPath(new URL('heap-growth.ts', import.meta.url));
  const growths = JSON.parse(execFileSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })) as Growth[];
  assert.ok(growths.length > 10);
  for (const { name, real, estimated } of growths) {
    const error = Math.abs(estimated / real - 1);
    assert.ok(error <= ERROR_MAX, `${name}: ${estimated.toFixed(1)} estimated, ${real.toFixed(1)} really`);
  }
});

test.run();
