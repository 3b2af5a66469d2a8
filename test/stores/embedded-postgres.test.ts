/** The launcher: what it leaves behind (nothing), and how it ends. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex from 'knex';
import * as assert from 'uvu/assert';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { describe } from '../kit/describe.ts';

const test = describe('embedded PostgreSQL');

async function ask(url: string, sql: string): Promise<Record<string, unknown>> {
  const pool = knex({ client: 'pg', connection: url });
  try {
    return (await pool.raw<{ rows: Record<string, unknown>[] }>(sql)).rows[0]!;
  } finally {
    await pool.destroy();
  }
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('two servers at once, each by itself, gone without a trace when stopped', async () => {
  const servers = await Promise.all([startPostgres(), startPostgres({ settings: { max_connections: 7 } })]);
  const folders: string[] = [];
  for (const { url, version } of servers) {
    const answer = await ask(
      url,
      `select current_setting('server_version') as version, current_setting('server_encoding') as encoding, current_setting('data_directory') as folder, (select datcollate from pg_database where datname = 'postgres') as locale, current_setting('listen_addresses') as addresses, current_setting('wal_level') as wal`,
    );
    folders.push(String(answer['folder']));
    assert.equal(
      { ...answer, folder: '' },
      { version, encoding: 'UTF8', folder: '', locale: 'C.UTF-8', addresses: '127.0.0.1', wal: 'logical' },
    );
  }
  assert.is((await ask(servers[1].url, 'show max_connections'))['max_connections'], '7');
  assert.is.not(servers[0].port, servers[1].port);
  await Promise.all(servers.map((server) => server.stop()));
  await servers[0].stop();
  for (const { pid } of servers) assert.not(alive(pid));
  for (const folder of folders) assert.not(existsSync(folder));
});

test('a data folder is kept, and started again', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cobnut-kept-'));
  {
    await using server = await startPostgres({ dataFolder });
    await ask(server.url, 'create table t as select 42 as x');
  }
  {
    await using server = await startPostgres({ dataFolder });
    assert.equal(await ask(server.url, 'select x from t'), { x: 42 });
  }
  rmSync(dataFolder, { recursive: true });
});

test('a setting that the server does not take is reported in its own words', async () => {
  try {
    await startPostgres({ settings: { wal_level: 'nonsense' } });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /ended while starting: .*wal_level/s);
  }
});

test('the server ends with its process, killed or not, and its data go', async () => {
  const program = `
    import { startPostgres } from ${JSON.stringify(new URL('../../lib/console/embedded-postgres.ts', import.meta.url).href)};
    const server = await startPostgres();
    process.stdout.write(JSON.stringify(server) + '\\n');
    if (process.argv[1] === 'wait') setInterval(() => {}, 1000);`;
  for (const how of ['wait', 'end']) {
    const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', program, how], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve));
    const { pid, url } = JSON.parse(String(line)) as { pid: number; url: string };
    if (how === 'wait') {
      const folder = String((await ask(url, `select current_setting('data_directory') as folder`))['folder']);
      child.kill('SIGKILL');
      await until(() => !alive(pid) && !existsSync(folder));
    } else {
      await until(() => child.exitCode !== null && !alive(pid)); // nothing keeps the process alive
      assert.is(child.exitCode, 0);
    }
  }
});

test.run();
