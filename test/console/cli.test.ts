/** The `cobnut` command as a process: by a pipe, and at a real pseudo-terminal. */
import { spawn as spawnTerminal } from '@lydell/node-pty';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { describe } from '../kit/describe.ts';

const CLI = fileURLToPath(new URL('../../lib/console/cli.ts', import.meta.url));
const test = describe('cobnut');

let folder: string;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cobnut-cli-'));
  writeFileSync(join(folder, 'good.yaml'), 'maps:\n  people: { maxSize: 5, evictionPolicy: LRU }\n  "a*": {}\n');
  writeFileSync(join(folder, 'bad.yaml'), 'maps:\n  people:\n    maxSiz: 5\n');
  writeFileSync(join(folder, 'good.xml'), '<hazelcast><map name="x"><max-size>5</max-size></map></hazelcast>');
});

test.after(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

function cobnut(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, errors })));
}

test('what is not understood: exit code 2, the usage, and a guess', async () => {
  const [none, wrong, flag, help] = await Promise.all([
    cobnut([]),
    cobnut(['chek', 'x']),
    cobnut(['check', '--jsn', 'x']),
    cobnut(['--help']),
  ]);
  assert.equal([none.code, wrong.code, flag.code, help.code], [2, 2, 2, 0]);
  assert.match(wrong.errors, "did you mean 'check'?");
  assert.match(help.out, 'usage: cobnut COMMAND');
});

test('check: 0 and what it means, 1 and what is wrong, 2 for no file', async () => {
  const [good, bad, noted, none, json, schema] = await Promise.all([
    cobnut(['check', 'good.yaml']),
    cobnut(['check', 'bad.yaml']),
    cobnut(['check', 'good.xml']),
    cobnut(['check', 'none.yaml']),
    cobnut(['check', 'bad.yaml', '--json']),
    cobnut(['check', '--schema']),
  ]);
  assert.equal([good.code, good.errors], [0, '']);
  assert.match(good.out, 'maxSize: 5');
  assert.equal([bad.code, bad.out], [1, '']);
  assert.is(bad.errors, "bad.yaml:3:5 maps.people.maxSiz: there is no such option; did you mean 'maxSize'?\n");
  assert.equal([noted.code, noted.errors], [0, 'good.xml:1:26 maps.x.maxSize: limits nothing while the eviction policy is NONE (note)\n']);
  assert.is(none.code, 2);
  assert.match(none.errors, 'can not be read');
  assert.equal([json.code, (JSON.parse(json.out) as { problems: { line: number }[] }).problems[0]!.line], [1, 3]);
  assert.is((JSON.parse(schema.out) as { title: string }).title, 'Cobnut');
});

test('console by a pipe: tables, errors beside them, exit code 1 when a line failed', async () => {
  const { code, out, errors } = await cobnut(['console', '--config', 'good.yaml'], '.put 1 {"age": 33}\nage > 30\n.maps\nage >\n');
  assert.is(code, 1);
  assert.match(out, /key {2}age\n─── {2}───\n {2}1 {3}33\n1 entry/);
  assert.match(out, /people {2}\*/);
  assert.match(errors, 'line 1');
  assert.not.match(out + errors, '\u001B');
  assert.is((await cobnut(['console'], '.count\n')).code, 0);
});

test('console by a pipe, in JSON: one document a line', async () => {
  const { out } = await cobnut(['console', '--json'], '.put 1 {"age": 33}\n.put 2 {"age": 3}\nage > 0\n.count\n');
  assert.equal(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [null, null, { key: 1, age: 33 }, { key: 2, age: 3 }, 2],
  );
});

/** Reads until `text` is there, and goes away. */
function cutOff(args: readonly string[], input: string, text: string): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    if (out.includes(text)) child.stdout.destroy();
  });
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, errors })));
}

test('who stops reading ends it, and nothing crashes', async () => {
  const maps = Array.from({ length: 5000 }, (_, map) => `  m${map}: { backupCount: 1 }\n`).join('');
  writeFileSync(join(folder, 'large.yaml'), `maps:\n${maps}`);
  const checked = await cutOff(['check', 'large.yaml'], '', 'maps:');
  assert.is(checked.code, 0);
  assert.is(checked.errors, '');
  const lines = Array.from({ length: 500 }, (_, key) => `.put ${key} {"a": ${key}}\n.find\n`).join('');
  const consoled = await cutOff(['console'], lines, 'entries');
  assert.is(consoled.code, 0);
  assert.is(consoled.errors, '');
});

test('console at a terminal: a prompt, colours, completion, Ctrl-C, and the end', async () => {
  const terminal = spawnTerminal(process.execPath, [CLI, 'console', '--map', 'people'], {
    cols: 100,
    rows: 30,
    cwd: folder,
    env: { PATH: process.env['PATH'], TERM: 'xterm' },
  });
  let screen = '';
  let seen = 0;
  let look = (): void => undefined;
  terminal.onData((text) => {
    screen += text;
    look();
  });
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  /** Resolves when the text appears, after what was waited for before. */
  const shows = (text: string): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        const at = screen.indexOf(text, seen);
        if (at < 0) return;
        seen = at + text.length;
        resolve();
      };
      look();
    });
  await shows('people> ');
  terminal.write('.put 1 {"name": "Joe", "address": {"city": "Oslo"}}\r');
  await shows('nothing');
  await shows('people> ');
  terminal.write('addr\t');
  await shows('ess.city');
  terminal.write(" = 'Oslo'\r");
  await shows('\u001B[1mkey');
  await shows('1 entry');
  await shows('people> ');
  terminal.write('half a line\u0003');
  terminal.write('.count\r');
  await shows('1');
  await shows('people> ');
  terminal.write('.sats\r');
  await shows('did you mean .stats?');
  await shows('people> ');
  // Both at once: the console has been closed when the line has been answered.
  terminal.write('.count\r\u0003\u0003');
  assert.is(await ended, 0);
  assert.not(screen.includes('readline'));
});

test.run();
