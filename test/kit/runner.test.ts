/** The runner must not be green for the wrong reason: each way in which uvu alone would be is tried on a throw-away suite. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from './describe.ts';

const RUNNER = fileURLToPath(new URL('../run.mjs', import.meta.url));
const KIT = new URL('./describe.ts', import.meta.url).href;

interface Outcome {
  readonly status: number | null;
  readonly last: string;
}

/** Runs one suite, given as the lines between `const test = describe('x')` and `test.run()`. */
function run(body: string, { close = 'test.run();', file = 'x.test.ts' } = {}): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'cobnut-runner-'));
  try {
    writeFileSync(join(folder, file), `import { describe } from '${KIT}';\nconst test = describe('x');\n${body}\n${close}\n`);
    const env = { ...process.env, TEST_ROOT: folder, TEST_TIMEOUT_MS: '300', CI: 'true' };
    const { status, stdout } = spawnSync(process.execPath, [RUNNER], { env, encoding: 'utf8' });
    return { status, last: stdout.trim().split('\n').at(-1) ?? '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PASSING = "test('fine', () => {});";
const test = describe('the runner');

test('is green when a test passes, and says so in its last line', () => {
  assert.equal(run(PASSING), { status: 0, last: '1 passed, 0 failed' });
});

const RED: Readonly<Record<string, () => Outcome>> = {
  'a failing test': () => run(`${PASSING} test('bad', () => { throw new Error('no'); });`),
  'a test that throws something that is not an Error': () => run(`test('bad', () => { throw 'no'; });`),
  'a before hook that throws': () => run(`test.before(() => { throw new Error('no'); }); ${PASSING}`),
  'an after.each hook that throws': () => run(`test.after.each(() => { throw new Error('no'); }); ${PASSING}`),
  'a test that never ends': () => run(`test('bad', () => new Promise(() => {}));`),
  'a forgotten run()': () => run(PASSING, { close: '' }),
  'a leftover only': () => run(`${PASSING} test.only('one', () => {});`),
  'no test file': () => run(PASSING, { file: 'x.ts' }),
  'a file that can not be loaded': () => run('throw new Error("no");'),
  'an unhandled rejection': () =>
    run(`test('bad', async () => { void Promise.reject(new Error('no')); await new Promise((r) => setTimeout(r, 5)); });`),
};
for (const [name, attempt] of Object.entries(RED)) {
  test(`is red for ${name}`, () => {
    const { status, last } = attempt();
    assert.is.not(status, 0, last);
    assert.is.not(last, '1 passed, 0 failed');
  });
}

test('ends although a handle leaks', () => {
  assert.is(run(`test('leaks', () => { setInterval(() => {}, 1000); });`).status, 0);
});

test.run();
