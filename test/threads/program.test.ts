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
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], { timeout: 60_000 });
  return stdout.trim();
}

test(
  'a program that idles, waits for a call or for the start ends without being closed; one that has something to store ends when it is stored',
  async () => {
    const idle = Object.entries({ idle: 'got 1', call: 'got 1', start: '' }).map(async ([what, printed]) =>
      assert.is(await run(what), printed, what),
    );
    const storing = Object.entries({ 'write-behind': 'set', close: 'closed' }).map(([what, printed]) =>
      withFile(async (file) => {
        assert.is(await run(what, file), printed, what);
        assert.is(readFileSync(file, 'utf8'), '["a",1]\n', what);
      }),
    );
    await Promise.all([...idle, ...storing]);
  },
  { timeoutMs: 60_000 },
);

test.run();
