/**
 * The house rules that a compiler does not check: which room may enter which, no circles, no sprawl, a sentence at each door.
 *
 * Reads every source once, as text; an import is whatever stands in `from '…'` or `import('…')`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from './kit/describe.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Rooms, ground floor first. A file may import from its own room and from any room named before it. Some rooms are single files. */
const ROOMS = [
  'grammar',
  'lib/errors',
  'lib/base',
  'lib/api',
  'lib/data',
  'lib/columns',
  'lib/metrics',
  'lib/indexes',
  'lib/eviction',
  'lib/config',
  'lib/query/source',
  'lib/query/sets',
  'lib/query/conditions',
  'lib/query/predicates',
  'lib/query/plan',
  'lib/query/execute',
  'lib/query/order',
  'lib/query/explain',
  'lib/query/query-engine',
  'lib/partition',
  'lib/near-cache',
  'lib/persistence',
  'lib/transport',
  'lib/cluster',
  'lib/replication',
  'lib/operations',
  'lib/member',
  'lib/map',
  'lib/adapters',
  'lib/index',
  'stores',
  'lib/console',
  'bench',
  'test',
];

/** Rooms that may enter only these, whatever the floors say. */
const NARROW: Readonly<Record<string, readonly string[]>> = {
  grammar: ['grammar', 'lib/errors'],
  stores: ['stores', 'lib/api', 'lib/errors', 'lib/base', 'grammar'],
};

/** Most lines of code (neither blank nor comment) that one file may hold; generated files aside. */
const CODE_LINES_MAX = 400;
const GENERATED = new Set(['lib/columns/kernels-binary.ts']);

interface Source {
  /** Path from the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: Source[] = ['lib', 'grammar', 'stores', 'bench', 'test'].flatMap(read);
const library = sources.filter((source) => !source.path.startsWith('test/'));
const test = describe('tidy');

test('each file imports only from its own room and the floors below', () => {
  const faults = sources.flatMap((source) =>
    source.imports
      .filter((target) => floor(target) > floor(source.path))
      .map((target) => `${source.path} (floor ${floor(source.path)}) imports ${target} (floor ${floor(target)})`),
  );
  assert.equal(faults, []);
});

test('grammar and stores keep to themselves', () => {
  const faults = sources.flatMap((source) => {
    const allowed = NARROW[room(source.path)];
    if (allowed === undefined) return [];
    return source.imports.filter((target) => !allowed.includes(room(target))).map((target) => `${source.path} imports ${target}`);
  });
  assert.equal(faults, []);
});

test('every file lives in a named room', () => {
  assert.equal(
    sources.map((source) => source.path).filter((path) => floor(path) < 0),
    [],
  );
});

test('no circle of imports', () => {
  const edges = new Map(sources.map((source) => [source.path, source.imports]));
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): string | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' -> ');
    if (done.has(path)) return undefined;
    for (const next of edges.get(path) ?? []) {
      const circle = walk(next, [...trail, path]);
      if (circle !== undefined) return circle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of edges.keys()) assert.is(walk(path, []), undefined);
});

test(`no file above ${CODE_LINES_MAX} lines of code`, () => {
  const long = sources.filter((source) => !GENERATED.has(source.path) && codeLines(source.text) > CODE_LINES_MAX);
  assert.equal(
    long.map((source) => `${source.path}: ${codeLines(source.text)}`),
    [],
  );
});

test('every source opens with a sentence that says what it is for', () => {
  const silent = library.filter((source) => !/^(?:#!.*\n)?(?:\/\/\/ .*\n)*(?:\/\*\*|\/\/ )/.test(source.text));
  assert.equal(
    silent.map((source) => source.path),
    [],
  );
});

test('clocks, timers and chance come in through base/clock only', () => {
  const users = library.filter(
    (source) =>
      source.path.startsWith('lib/') &&
      !source.path.startsWith('lib/console/') &&
      source.path !== 'lib/base/clock.ts' &&
      /\bDate\.now\(|\bperformance\.now\(|\bMath\.random\(|\bset(?:Timeout|Interval|Immediate)\(|\bnew Date\(\)/.test(
        withoutComments(source.text),
      ),
  );
  assert.equal(
    users.map((source) => source.path),
    [],
  );
});

test('the partition room never waits', () => {
  const waiting = library.filter(
    (source) => source.path.startsWith('lib/partition/') && /\b(?:await|async|Promise)\b/.test(withoutComments(source.text)),
  );
  assert.equal(
    waiting.map((source) => source.path),
    [],
  );
});

test('sorted-btree and chevrotain are entered through one door each', () => {
  const doors = (name: string): string[] => library.filter((source) => source.text.includes(`'${name}'`)).map((source) => source.path);
  assert.is(doors('sorted-btree').filter((path) => path.startsWith('lib/')).length, 1, String(doors('sorted-btree')));
  assert.ok(
    doors('chevrotain').every((path) => path.startsWith('grammar/')),
    String(doors('chevrotain')),
  );
});

test.run();

function read(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.m?[jt]s$/.test(name) && !name.includes('node_modules/'))
    .map((name) => {
      const path = `${folder}/${name}`;
      const text = readFileSync(join(ROOT, path), 'utf8');
      const imports = [...withoutComments(text).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
        relative(ROOT, resolve(ROOT, dirname(path), match[1]!)).replaceAll('\\', '/'),
      );
      return { path, text, imports };
    });
}

function floor(path: string): number {
  return ROOMS.findLastIndex((name) => path === `${name}.ts` || path.startsWith(`${name}/`));
}

function room(path: string): string {
  return ROOMS[floor(path)] ?? '';
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}

function codeLines(text: string): number {
  return withoutComments(text)
    .split('\n')
    .filter((line) => line.trim() !== '').length;
}
