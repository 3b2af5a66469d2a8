/** Programs with worker threads end by themselves when they have nothing left to do, and not before. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';
import { withFile } from './kit.ts';

const test = describe('programs with threads');
const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));

/** What it printed, when it ended by itself and well. */
async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], { timeout: 30_000 });
  return stdout.trim();
}

for (const [what, printed] of Object.entries({ idle: 'got 1', call: 'got 1', start: '' })) {
  test(`${what}: it ends without being closed`, async () => assert.is(await run(what), printed), { timeoutMs: 40_000 });
}

for (const [what, printed] of Object.entries({ 'write-behind': 'set', close: 'closed' })) {
  test(
    `${what}: it ends when all is stored`,
    () =>
      withFile(async (file) => {
        assert.is(await run(what, file), printed);
        assert.is(readFileSync(file, 'utf8'), '["a",1]\n');
      }),
    { timeoutMs: 40_000 },
  );
}

test.run();
