/** Instances with worker threads for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BroadcastChannel } from 'node:worker_threads';
import { newInstance, type Instance, type InstanceOptions, type ModuleReference } from '../../lib/index.ts';
import { SWITCH, type How } from './in-workers.ts';

export const IN_WORKERS = fileURLToPath(new URL('in-workers.ts', import.meta.url));

export function exported(name: string): ModuleReference {
  return { module: IN_WORKERS, export: name };
}

/** Few partitions, so that all is quick. */
export function threads(count: number, options: InstanceOptions = {}): Instance {
  return newInstance({ threads: count, partitionCount: 31, workerImports: [IN_WORKERS], ...options });
}

export function endThread(member: string, how: How = 'exit'): void {
  const channel = new BroadcastChannel(SWITCH);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a channel, not to a window
  channel.postMessage({ member, how });
  channel.close();
}

/** The next warnings of threads that ended, instead of on the screen. */
export async function warned<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly warnings: readonly Error[] }> {
  const warnings: Error[] = [];
  const others = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => warnings.push(warning));
  try {
    return { result: await run(), warnings };
  } finally {
    process.removeAllListeners('warning');
    for (const other of others) process.on('warning', other);
  }
}

/** A file for one test. */
export async function withFile<T>(run: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cobnut-threads-'));
  try {
    return await run(join(folder, 'rows'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
