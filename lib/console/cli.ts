#!/usr/bin/env node
/** The `cobnut` command: demo, check, console, bench. Exit codes: 0 done, 1 something failed, 2 not understood. */
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { closest } from '../../grammar/closest.ts';

const USAGE = `usage: cobnut COMMAND

  cobnut demo [--rows N] [--json]         the main job, on a PostgreSQL that it starts and removes itself
  cobnut check FILE [--json]              says what is wrong with a configuration, or what it means
  cobnut check --schema                   prints the JSON schema of configurations
  cobnut console [--config FILE] [--map NAME] [--json]
                                          queries, entries, plans and statistics of maps, line by line
  cobnut bench [OPTIONS]                  the benchmarks, in a checkout of the repository

Exit code 0: done; 1: something failed; 2: the command was not understood.
`;

class UsageError extends Error {}

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  demo: (args) => runScript(new URL('demo.', import.meta.url), args),
  bench: runBench,
  check: runCheck,
  console: runConsole,
};

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(USAGE);
    return command === undefined ? 2 : 0;
  }
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (run !== undefined) return run(args);
  const near = closest(command, Object.keys(COMMANDS));
  throw new UsageError(`there is no command '${command}'${near === undefined ? '' : `; did you mean '${near}'?`}`);
}

async function runCheck(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, { json: { type: 'boolean' }, schema: { type: 'boolean' } }, true);
  const { check, schemaText } = await import('./check.ts');
  if (values['schema'] === true) {
    process.stdout.write(schemaText());
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('cobnut check takes one file');
  const { out, errors, code } = await check(file, { json: values['json'] === true });
  process.stdout.write(out);
  process.stderr.write(errors);
  return code;
}

async function runConsole(args: readonly string[]): Promise<number> {
  const { values } = parsed(args, { config: { type: 'string' }, map: { type: 'string' }, json: { type: 'boolean' } }, false);
  const { openConsole } = await import('./open-console.ts');
  return openConsole({ config: textOf(values['config']), mapName: textOf(values['map']), json: values['json'] === true });
}

/** The bench compares with peers that have a package of their own; it is not part of what is installed. */
async function runBench(args: readonly string[]): Promise<number> {
  const script = new URL('../../bench/run.ts', import.meta.url);
  if (existsSync(script)) return runScript(new URL('../../bench/run.', import.meta.url), args, ['--expose-gc']);
  process.stderr.write('the benchmarks are in the repository: check it out, then `npm install && npm run bench`\n');
  return 1;
}

/** The script beside this file, of the same kind: sources run as they are, the package has them compiled. */
async function runScript(base: URL, args: readonly string[], nodeArgs: readonly string[] = []): Promise<number> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const { status } = spawnSync(process.execPath, [...nodeArgs, fileURLToPath(`${base.href}${extension}`), ...args], { stdio: 'inherit' });
  return status ?? 1;
}

function parsed(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
  allowPositionals: boolean,
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

// Who reads has had enough: `cobnut check FILE | head`.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${error instanceof UsageError ? `\n${USAGE}` : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
