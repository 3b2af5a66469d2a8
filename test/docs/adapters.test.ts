/** The examples of docs/adapters.md run as they stand. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';

const ROOT = new URL('../../', import.meta.url);
const SOURCES: Readonly<Record<string, string>> = {
  cobnut: 'lib/index.ts',
  'cobnut/keyv': 'lib/adapters/keyv.ts',
  'cobnut/unstorage': 'lib/adapters/unstorage.ts',
};
const EXAMPLES = [...readFileSync(new URL('docs/adapters.md', ROOT), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);

/** What each must print. */
const PRINTED = [['hello'], []];

const test = describe('examples of adapters');

for (const [number, example] of EXAMPLES.entries()) {
  test(`example ${number + 1}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cobnut-example-'));
    const printed: unknown[] = [];
    const log = console.log;
    try {
      const file = join(folder, 'example.mts');
      writeFileSync(file, withSources(example));
      console.log = (...parts: unknown[]) => void printed.push(...parts);
      const { instance } = (await import(pathToFileURL(file).href)) as { readonly instance: { close(): Promise<void> } };
      await instance.close();
    } finally {
      console.log = log;
      rmSync(folder, { recursive: true });
    }
    assert.equal(printed, PRINTED[number]);
  });
}

test('there are two', () => assert.is(EXAMPLES.length, PRINTED.length));

test.run();

/** Imports this checkout in place of the installed package, and the others from where they are installed. */
function withSources(example: string): string {
  const addressOf = (name: string): string => (name in SOURCES ? new URL(SOURCES[name]!, ROOT).href : import.meta.resolve(name));
  return `${example.replaceAll(/from '([^']*)'/g, (_, name: string) => `from '${addressOf(name)}'`)}\nexport { instance };\n`;
}
