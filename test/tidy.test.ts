/**
 * The house rules that a compiler does not check: which room may enter which, no circles, no sprawl.
 *
 * Reads every source once, as text; an import is whatever stands in `from '…'` or `import('…')`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from './kit/describe.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Rooms, ground floor first. A file may import from its own room and from any room named before it.
 * A name with a slash is a folder; one without is a folder too, or a single file (`lib/errors`).
 */
const ROOMS = ['grammar', 'lib/errors', 'lib/member', 'lib/index', 'stores', 'bench', 'test'];

/** Most lines of code (neither blank nor comment) that one file may hold. */
const CODE_LINES_MAX = 400;

interface Source {
  /** Path from the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: Source[] = ['lib', 'grammar', 'stores', 'bench', 'test'].flatMap(read);
const test = describe('tidy');

test('each file imports only from its own room and the floors below', () => {
  const faults = sources.flatMap((source) =>
    source.imports
      .filter((target) => floor(target) > floor(source.path))
      .map((target) => `${source.path} (floor ${floor(source.path)}) imports ${target} (floor ${floor(target)})`),
  );
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
  const long = sources.filter((source) => codeLines(source.text) > CODE_LINES_MAX);
  assert.equal(
    long.map((source) => `${source.path}: ${codeLines(source.text)}`),
    [],
  );
});

test('every source opens with a sentence that says what it is for', () => {
  const library = sources.filter((source) => !source.path.startsWith('test/') && !source.path.endsWith('/index.ts'));
  assert.equal(
    library.filter((source) => !/^(\/\/\/ .*\n)*(\/\*\*|import|\/\/)/.test(source.text) || !source.text.includes('/**')).map((s) => s.path),
    [],
  );
});

test.run();

function read(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?[jt]s$/.test(name))
    .map((name) => {
      const path = `${folder}/${name.replaceAll('\\', '/')}`;
      const text = readFileSync(join(ROOT, path), 'utf8');
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
        relative(ROOT, resolve(ROOT, dirname(path), match[1]!)).replaceAll('\\', '/'),
      );
      return { path, text, imports };
    });
}

function floor(path: string): number {
  return ROOMS.findLastIndex((room) => path === `${room}.ts` || path.startsWith(`${room}/`));
}

function codeLines(text: string): number {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
}
