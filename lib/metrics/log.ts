/** News of the library as lines of a log. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Logger } from '../api/logger.ts';
import { CHANNELS } from '../base/diagnostics.ts';

type Level = keyof Logger;
/** What a channel carries. */
type News = Readonly<Record<string, unknown>>;
type Line = (news: News) => readonly [Level, string];

const LINES: Readonly<Record<keyof typeof CHANNELS, Line>> = {
  listener: ({ map }) => ['error', `a listener of map '${text(map)}' failed`],
  store: ({ map, operation }) => ['warn', `map '${text(map)}': the store's ${text(operation)} failed`],
  following: ({ map, state }) => [
    state === 'following' || state === 'stopped' ? 'info' : 'warn',
    `map '${text(map)}': the following of the database is ${text(state)}`,
  ],
  members: ({ member, event }) => [
    event === 'evicted' ? 'warn' : 'info',
    `member '${text(member)}' ${event === 'evicted' ? 'was evicted' : text(event)}`,
  ],
  partitions: ({ partition, event }) => [
    'error',
    event === 'lost'
      ? `partition ${text(partition)} has lost every replica and begins empty`
      : `partition ${text(partition)} goes on from an asynchronous backup, which may lack the latest changes`,
  ],
  threads: ({ member }) => ['error', `worker thread '${text(member)}' has ended and is replaced`],
};

const KINDS = ['listener', 'store', 'following', 'members', 'partitions', 'threads'] as const satisfies readonly (keyof typeof CHANNELS)[];

/**
 * Writes what happens in the library, in all instances of this process, to a log, until the function that is returned is called. What the logger throws
 * reaches nobody: node:diagnostics_channel makes it an uncaught exception of its own tick.
 */
export function logTo(logger: Logger): () => void {
  const endings = KINDS.map((kind) => {
    const { name } = CHANNELS[kind];
    const listener = (message: unknown): void => {
      const { error, ...rest }: News = typeof message === 'object' ? { ...message } : {};
      const [level, line] = LINES[kind](rest);
      logger[level]({ ...rest, ...(error !== undefined && { err: error }) }, line);
    };
    subscribe(name, listener);
    return () => unsubscribe(name, listener);
  });
  return () => {
    for (const end of endings) end();
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
