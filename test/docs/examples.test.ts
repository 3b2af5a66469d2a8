/**
 * Every TypeScript example of the README and the docs, compiled and run as it stands. What an example takes for granted is put before it:
 * `examples.ts`. The plans of docs/explain.md have a test of their own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as assert from 'uvu/assert';
import type { Instance } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { schema } from '../kit/postgres.ts';
import { GIVEN } from './examples.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OWN_TEST = 'docs/explain.md';
/** What the package exports, by source. */
const ENTRIES: Readonly<Record<string, string>> = {
  cobnut: './cobnut.ts',
  'cobnut/knex': join(ROOT, 'stores/knex/index.ts'),
  'cobnut/testing': join(ROOT, 'stores/testing/index.ts'),
  'cobnut/console': join(ROOT, 'lib/console/shell/run-shell.ts'),
  'cobnut/keyv': join(ROOT, 'lib/adapters/keyv.ts'),
  'cobnut/unstorage': join(ROOT, 'lib/adapters/unstorage.ts'),
};

interface Example {
  readonly page: string;
  /** In its page, from 1. */
  readonly number: number;
  readonly text: string;
  readonly file: string;
}

/** An instance that an example has made. */
interface Opened {
  readonly instance: Instance;
  /** Resolves when the example has closed it. */
  readonly closed: Promise<void>;
}

const test = describe('examples of the docs');
let folder: string;

const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter(
  (page) => page.endsWith('.md') && page !== OWN_TEST,
);
const examples: readonly Example[] = pages.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text], position) => ({
    page,
    number: position + 1,
    text: text!,
    file: `${page.replaceAll(/\W/g, '-')}-${position + 1}.ts`,
  })),
);

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cobnut-examples-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const library = JSON.stringify(join(ROOT, 'lib/index.ts'));
  writeFileSync(
    join(folder, 'cobnut.ts'),
    `import * as cobnut from ${library};
export * from ${library};
export const opened: { readonly instance: cobnut.Instance; readonly closed: Promise<void> }[] = [];
export const logs: (() => void)[] = [];
export function logTo(logger: cobnut.Logger): () => void {
  const end = cobnut.logTo(logger);
  logs.push(end);
  return end;
}
export function newInstance(options?: cobnut.InstanceOptions): cobnut.Instance {
  const instance = cobnut.newInstance(options);
  const close = instance.close.bind(instance);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  opened.push({ instance, closed });
  return Object.assign(instance, { close: (how?: cobnut.CloseOptions) => close(how).finally(resolve) });
}\n`,
  );
});

test.after(() => rmSync(folder, { recursive: true }));

/** Imports first, then what is given, then the example in a block of its own, so that it may declare the same names. */
function moduleOf({ page, text: written }: Example, url: string): string {
  const text = Object.keys(GIVEN[page]?.files ?? {}).reduce(
    (code, name) => code.replaceAll(`'${name}'`, JSON.stringify(join(folder, name))),
    written,
  );
  const given = GIVEN[page]?.code ?? '';
  const named = [...`${given}${text}`.matchAll(/^import .* from '.*';.*$/gm)].map(([line]) => line);
  const body = (code: string): string => code.replaceAll(/^import .* from '.*';.*$/gm, '');
  const imports = [
    "import * as cobnut from 'cobnut';",
    ...(/import .*\bnewInstance\b/.test(text) ? [] : ["import { newInstance } from 'cobnut';"]),
    ...(/import .*\bKnexMapStore\b/.test(text) ? [] : ["import { KnexMapStore } from 'cobnut/knex';"]),
    "import { Aggregators, PredicateBuilder, Predicates, SqlPredicate, type InstanceOptions } from 'cobnut';",
    ...named,
  ];
  const quiet = 'const console = { log: (...said: unknown[]): void => void said };';
  const used = 'void [cobnut, newInstance, KnexMapStore, Aggregators, PredicateBuilder, Predicates, SqlPredicate, console];';
  return [...imports, quiet, used, body(given), `{\n${body(text)}\n}`, 'export {};']
    .join('\n')
    .replaceAll(/from '(cobnut[^']*)'/g, (_, name: string) => `from ${JSON.stringify(ENTRIES[name])}`)
    .replaceAll(/'postgres:\/\/localhost\/\w+'/g, JSON.stringify(url));
}

test('each compiles', () => {
  for (const example of examples) writeFileSync(join(folder, example.file), moduleOf(example, 'postgres://localhost/x'));
  const base = join(ROOT, 'tsconfig.json');
  const compilerOptions = {
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    rootDir: '/',
    noUnusedLocals: false,
    noUnusedParameters: false,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: base, compilerOptions, include: ['*.ts'], files: [] }));
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
  // What is wrong in the library itself is for others to say.
  assert.is(
    stdout
      .split('\n')
      .filter((line) => line.includes('cobnut-examples-'))
      .join('\n'),
    '',
  );
});

test(
  'each runs',
  async () => {
    const shim: { readonly opened: Opened[]; readonly logs: (() => void)[] } = await import(pathToFileURL(join(folder, 'cobnut.ts')).href);
    for (const example of examples) {
      await using db = await schema();
      const { sql, files = {}, throwing = [], closing = [] } = GIVEN[example.page] ?? {};
      for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
      if (sql !== undefined) await db.sql(sql);
      const file = join(folder, example.file);
      writeFileSync(file, moduleOf(example, db.url));
      let error: unknown;
      try {
        await import(pathToFileURL(file).href);
      } catch (thrown) {
        error = thrown;
      }
      for (const { instance, closed } of shim.opened.splice(0)) await (closing.includes(example.number) ? closed : instance.close());
      // What an example leaves behind would be there for the tests after it.
      for (const end of shim.logs.splice(0)) end();
      process.removeAllListeners('SIGTERM');
      const what = `${example.page}, example ${example.number}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
      assert.is(error !== undefined, throwing.includes(example.number), what);
    }
  },
  { timeoutMs: 60_000 },
);

test('there are some', () => assert.ok(examples.length >= 20, String(examples.length)));

test.run();
