// Packs the built package, checks it with publint and attw, installs the tarball in an empty project and runs the README's first
// example there through `import` and through `require`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'cobnut-package-'));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], root));
  const tarball = join(work, filename);
  console.log(run('npx', ['publint', 'run', tarball, '--strict'], root));
  console.log(run('npx', ['attw', tarball, '--profile', 'esm-only'], root));

  const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))[1];
  writeFileSync(join(work, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], work);
  writeFileSync(join(work, 'example.mts'), example);
  writeFileSync(join(work, 'example.cts'), example.replaceAll(/^import (\{.*\}) from ('.*');$/gm, 'const $1 = require($2);'));
  const [imported, demanded] = ['example.mts', 'example.cts'].map((file) => run(process.execPath, [file], work));
  console.log(imported);
  if (imported.trim() === '' || imported !== demanded) throw new Error(`import and require differ:\n${imported}\n---\n${demanded}`);

  // The command, on the examples of the page on configuration.
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  for (const [, extension, text] of page.matchAll(/```(yaml|xml)\n([\s\S]*?)```/g)) {
    writeFileSync(join(work, `example.${extension}`), text);
    console.log(run('npx', ['--no-install', 'cobnut', 'check', `example.${extension}`], work));
  }
  const asked = execFileSync('npx', ['--no-install', 'cobnut', 'console', '--json'], { cwd: work, encoding: 'utf8', input: '.put 1 {"a": 5}\na > 4\n' });
  if (asked !== 'null\n{"key":1,"a":5}\n') throw new Error(`the console answered:\n${asked}`);

  // Worker threads, from what is installed.
  const threaded = `import { newInstance } from 'cobnut';
const instance = newInstance({ threads: 2 });
const map = await instance.getMap('m');
await map.put('a', { n: 7 });
console.log((await map.get('a')).n, await map.query().where('n = 7').count());
await instance.close();\n`;
  writeFileSync(join(work, 'threaded.mjs'), threaded);
  const counted = run(process.execPath, ['threaded.mjs'], work);
  if (counted !== '7 1\n') throw new Error(`worker threads answered:\n${counted}`);

  const typescript = join(root, 'node_modules/typescript/bin/tsc');
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
    '--types',
    'node',
  ];
  const types = join(root, 'node_modules/@types');
  run(process.execPath, [typescript, '--ignoreConfig', ...options, '--typeRoots', types, 'example.mts'], work);
  console.log('package: ok');
} finally {
  rmSync(work, { recursive: true, force: true });
}
