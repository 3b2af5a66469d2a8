/**
 * A real, throw-away PostgreSQL for tests, the demo and benchmarks, out of a registry package alone.
 *
 * It listens on 127.0.0.1 only, trusts whoever connects, speaks UTF-8 under the C.UTF-8 locale in UTC, and starts from a template that
 * the first start on a machine leaves in the temporary folder (0.8 s; later starts 0.15 s). A shell between us and the server waits on a
 * pipe from this process: however we end, by `kill -9` too, the pipe closes, the server is stopped and its data are removed.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  errorCode,
  ownFolder,
  postgresBinaries,
  publish,
  serverAccount,
  sharedTemporaryFolder,
  type PostgresBinaries,
  type ServerAccount,
} from './postgres-binaries.ts';

export interface EmbeddedPostgresOptions {
  /** Whether commits survive a crash, as in production. Default false: writes are not synced, which makes tests several times faster. */
  readonly durable?: boolean;
  /** Default: a free one. */
  readonly port?: number;
  /** Where the data are, filled when empty and kept afterwards. Default: a temporary folder that is removed at the end. */
  readonly dataFolder?: string;
  /** More server settings, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Receives what the server writes to its log. Default: nobody. */
  readonly onLog?: (text: string) => void;
}

export interface EmbeddedPostgres {
  /** Connects as the superuser `postgres` to the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Of the server's main process. */
  readonly pid: number;
  /** Of PostgreSQL, e.g. `18.4`. */
  readonly version: string;
  /** Ends the server's sessions and the server, and removes its data unless `dataFolder` was given. May be called again. */
  stop(): Promise<void>;
  /** Kills the server as a crash would; resolves when it is gone. The data are kept or removed as by `stop`. */
  kill9(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const HOST = '127.0.0.1';
const SUPERUSER = 'postgres';
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 10;
const STOP_TIMEOUT_MS = 10_000;
const START_ATTEMPTS = 3;

const SETTINGS = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: 100,
  wal_level: 'logical',
  max_wal_senders: 10,
  max_replication_slots: 10,
  timezone: 'UTC',
  log_min_messages: 'fatal',
};
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** $1: folder to remove at the end, or nothing. The rest: the server's command line. Prints the server's process id. */
const KEEPER = `
data=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
echo $server
{ cat <&3 >/dev/null; kill -INT $server 2>/dev/null; } &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher 2>/dev/null
[ -z "$data" ] || rm -rf "$data" || { sleep 1; rm -rf "$data"; }
exit $status`;

const run = promisify(execFile);

interface Place {
  readonly account: ServerAccount;
  readonly binaries: PostgresBinaries;
  readonly temporary: string;
}

/**
 * Starts a server and resolves when it answers.
 *
 * Errors: an `Error` that says what to do when the machine has no binaries, or that carries the server's last words.
 */
export async function startPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32')
    throw new Error('The embedded PostgreSQL runs on Linux and macOS; set POSTGRES_URL to a server of your own.');
  const account = serverAccount();
  const place: Place = { account, binaries: postgresBinaries(account), temporary: sharedTemporaryFolder() };

  let fresh = false;
  for (let attempt = 1; ; attempt++) {
    const home = options.dataFolder ?? mkdtempSync(join(place.temporary, 'cobnut-data-'));
    const data = options.dataFolder ?? join(home, 'data');
    const port = options.port ?? (await freePort());
    try {
      await fill(home, data, place, fresh);
      const server = await launch({ ...options, port }, data, options.dataFolder === undefined ? home : '', place);
      if (fresh) rmSync(templateFolder(place), { recursive: true, force: true });
      return server;
    } catch (error) {
      if (options.dataFolder === undefined) rmSync(home, { recursive: true, force: true });
      // Somebody took the port meanwhile: another one. Else a cleaner of the temporary folder may have nibbled at the template: without it.
      const portTaken = options.port === undefined && /could not (?:bind|create any TCP)/.test(String(error));
      if (fresh || attempt === START_ATTEMPTS || (!portTaken && options.dataFolder !== undefined)) throw error;
      fresh = !portTaken;
    }
  }
}

/** Makes sure that there is a database cluster in `data`. */
async function fill(home: string, data: string, place: Place, fresh: boolean): Promise<void> {
  mkdirSync(home, { recursive: true });
  own(home, place.account);
  if (existsSync(data) && readdirSync(data).length > 0) return;
  if (fresh) await initialise(data, place);
  else await runAs(place.account, 'cp', ['-a', `${await sharedTemplate(place)}/.`, data]);
}

async function sharedTemplate(place: Place): Promise<string> {
  const shared = templateFolder(place);
  const owner = place.account.uid ?? process.getuid?.();
  if (ownFolder(shared, owner)) return shared;
  const draft = mkdtempSync(join(place.temporary, 'cobnut-template-'));
  own(draft, place.account);
  try {
    await initialise(draft, place);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return publish(draft, shared, owner);
}

async function initialise(data: string, { account, binaries }: Place): Promise<void> {
  const choices = ['-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'];
  await runAs(account, join(binaries.folder, 'initdb'), ['-D', data, ...choices]);
}

function templateFolder({ account, binaries, temporary }: Place): string {
  return join(temporary, `cobnut-template-${binaries.release}-${account.uid ?? process.getuid?.() ?? 0}`);
}

async function launch(
  options: EmbeddedPostgresOptions & { readonly port: number },
  data: string,
  removed: string,
  { account, binaries }: Place,
): Promise<EmbeddedPostgres> {
  const settings = { ...SETTINGS, ...(options.durable ? {} : FORGETFUL), port: options.port, ...options.settings };
  const assignments = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [join(binaries.folder, 'postgres'), '-D', data, ...assignments];
  // A session of its own: an interrupt typed at the terminal reaches us alone, and we stop the server in order.
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'sh', removed, ...command], { ...account, cwd: '/', env: environment(), detached: true });

  let lastWords = '';
  keeper.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + String(chunk)).slice(-4_000);
    options.onLog?.(String(chunk));
  });
  const ended = new Promise<void>((resolve) => keeper.once('exit', () => resolve()));
  const pid = await new Promise<number>((resolve, reject) => {
    keeper.stdout.once('data', (line: Buffer) => resolve(Number(String(line).trim())));
    keeper.once('error', reject);
  });
  await ready(keeper, options.port, () => lastWords);

  // Nothing of the server keeps this process alive.
  keeper.unref();
  for (const pipe of [keeper.stdin, keeper.stdout, keeper.stderr]) if (pipe instanceof Socket) pipe.unref();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    keeper.ref();
    send(keeper, pid, signal);
    const overdue = setTimeout(() => send(keeper, pid, 'SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(overdue);
  };
  const stop = (): Promise<void> => end('SIGINT');
  return Object.freeze({
    url: `postgres://${SUPERUSER}@${HOST}:${options.port}/postgres`,
    port: options.port,
    pid,
    version: binaries.release.split('.').slice(0, 2).join('.'),
    stop,
    kill9: () => {
      const workers = childrenOf(pid); // orphans would finish what they are doing, and keep their memory locked
      const gone = end('SIGKILL');
      for (const worker of workers) send(keeper, worker, 'SIGKILL');
      return gone;
    },
    [Symbol.asyncDispose]: stop,
  });
}

/** Resolves when the server asks a client in; rejects when it ends before. */
async function ready(keeper: ChildProcess, port: number, lastWords: () => string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (!running(keeper)) throw new Error(`PostgreSQL ended while starting: ${lastWords().trim()}`);
    if (performance.now() > deadline) {
      keeper.stdin?.end(); // the keeper stops what there is
      throw new Error(`PostgreSQL did not answer within ${READY_TIMEOUT_MS / 1000} s: ${lastWords().trim()}`);
    }
    await delay(READY_POLL_MS);
  }
}

/** Whether the server takes a start-up packet (protocol 3.0) with an authentication message, `R`, and not with an error. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => {
      const packet = Buffer.from(`\0\0\0\0\0\x03\0\0user\0${SUPERUSER}\0database\0postgres\0\0`, 'latin1');
      packet.writeInt32BE(packet.length);
      socket.write(packet);
    });
    socket.once('data', (reply) => settle(reply[0] === 'R'.charCodeAt(0)));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port is free'))));
    });
  });
}

function running(process: ChildProcess): boolean {
  return process.exitCode === null && process.signalCode === null;
}

/** Signals one of the server's processes while its keeper lives: afterwards the process id may be somebody else's. */
function send(keeper: ChildProcess, pid: number, signal: NodeJS.Signals): void {
  if (!running(keeper)) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error; // it has ended, the keeper is cleaning up
  }
}

/** The processes that a process has started; Linux alone can tell. */
function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? readFileSync(list, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
}

function own(folder: string, { uid, gid }: ServerAccount): void {
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
}

async function runAs(account: ServerAccount, command: string, parameters: readonly string[]): Promise<void> {
  await run(command, parameters, { ...account, cwd: '/', env: environment() });
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}
