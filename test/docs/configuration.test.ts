/**
 * docs/configuration.md and the JSON schema are what the option table makes, and their examples are taken.
 *
 * `UPDATE_DOCS=1 npm run test:run -- docs/configuration` writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { checkConfig, problemText } from '../../lib/config/files/load-config.ts';
import { configSchema } from '../../lib/config/files/json-schema.ts';
import { optionReference } from '../../lib/config/files/reference.ts';
import { INSTANCE_OPTIONS, type OptionTable } from '../../lib/config/option-table.ts';
import { describe } from '../kit/describe.ts';

const PAGE = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../../docs/cobnut.schema.json', import.meta.url));
const API = fileURLToPath(new URL('../../lib/api/instance.ts', import.meta.url));
const MARK = '<!-- from here on made by test/docs/configuration.test.ts -->\n';

const test = describe('docs/configuration.md');

const [written] = readFileSync(PAGE, 'utf8').split(MARK) as [string];
const page = `${written}${MARK}\n${optionReference()}\n`;
const schema = `${JSON.stringify(configSchema(), undefined, 2)}\n`;

if (process.env['UPDATE_DOCS'] === '1') {
  writeFileSync(PAGE, page);
  writeFileSync(SCHEMA, schema);
}

test('the page holds the table', () => assert.is(readFileSync(PAGE, 'utf8'), page));

test('the schema is the table’s', () => assert.is(readFileSync(SCHEMA, 'utf8'), schema));

test('the examples are taken', async () => {
  for (const [, format, text] of written.matchAll(/```(yaml|xml)\n([\s\S]*?)```/g)) {
    const { problems, config } = await checkConfig(text!, format as 'yaml' | 'xml', { env: {} });
    assert.equal(problems.map(problemText), []);
    assert.is(config!.maps.get('orders*')!.mapStore!.writeBehind!.delayMs, 1500);
    assert.is(config!.maps.get('default')!.timeToLiveMs, 3_600_000);
  }
});

test('the table has the options that programs may write, and no others', () => {
  const declared = readFileSync(API, 'utf8');
  const missing = (table: OptionTable): string[] =>
    Object.entries(table).flatMap(([name, option]) => [
      ...(new RegExp(`readonly ${name}\\??:`).test(declared) || ['type', 'attributes', 'export', 'module'].includes(name) ? [] : [name]),
      ...('options' in option ? missing(option.options) : []),
    ]);
  assert.equal(missing(INSTANCE_OPTIONS), []);
  const names = new Set(
    JSON.stringify(configSchema())
      .match(/"[a-zA-Z]+":\{/g)!
      .map((match) => match.slice(1, -3)),
  );
  const inProgram = ['clock', 'cluster', 'links', 'coordinator', 'lite', 'leaseSeconds', 'onDeadLetter', 'onProgress'];
  for (const [, name] of declared.matchAll(/^  readonly (\w+)\?:/gm))
    assert.ok(names.has(name!) || inProgram.includes(name!), `the option table has no '${name}'`);
});

test.run();
