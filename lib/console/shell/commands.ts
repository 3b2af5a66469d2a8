/** The commands of the console. A line without a dot is `find`. */
import type { IMap } from '../../api/map.ts';
import { systemClock } from '../../base/clock.ts';
import { ConfigError } from '../../errors.ts';
import { allArguments, firstArgument, valueOf } from './arguments.ts';
import type { Answer, Command } from './command.ts';
import { isRecord } from './table-text.ts';

const text = (said: string): Answer => ({ kind: 'text', text: said });

export const COMMANDS: Readonly<Record<string, Command>> = {
  find: {
    usage: 'PREDICATE',
    doc: 'Entries that match, as a line without a dot does.',
    async run(session, rest, signal) {
      const map = await session.map;
      const query = rest === '' ? map.query() : whereOf(map, rest);
      const began = systemClock.now();
      const found = await query
        .limit(session.limit + 1)
        .select('__key', 'this')
        .toArray(signal === undefined ? {} : { signal });
      const elapsedMs = systemClock.now() - began;
      const rows = found.slice(0, session.limit).map((entry) => rowOf(entry));
      const more = found.length > session.limit ? `, more than ${session.limit}: see .limit` : '';
      return { kind: 'rows', rows, note: `${rows.length} ${rows.length === 1 ? 'entry' : 'entries'}${more} (${elapsedMs.toFixed(1)} ms)` };
    },
  },
  count: {
    usage: '[PREDICATE]',
    doc: 'How many entries match.',
    async run(session, rest) {
      const map = await session.map;
      return { kind: 'value', value: await (rest === '' ? map.size() : whereOf(map, rest).count()) };
    },
  },
  explain: {
    usage: '[analyze] PREDICATE',
    doc: 'How a predicate is answered; with `analyze` it is run and counted.',
    async run(session, rest) {
      const [first, after] = firstArgument(rest);
      const analyze = first.toLowerCase() === 'analyze';
      const map = await session.map;
      return text(String(await whereOf(map, analyze ? after : rest).explain({ analyze })));
    },
  },
  indexes: {
    usage: '',
    doc: 'The indexes of the map on this member, and what they take.',
    async run(session) {
      const { indexes } = (await session.map).getLocalMapStats();
      const rows = indexes.map(({ attributes, ...rest }) => ({ ...rest, attributes: attributes.join(', ') }));
      return { kind: 'rows', rows, note: `${rows.length} ${rows.length === 1 ? 'index' : 'indexes'}` };
    },
  },
  index: {
    usage: 'ATTRIBUTE [ordered]',
    doc: 'Adds an index.',
    async run(session, rest) {
      const [attribute, kind] = allArguments(rest);
      if (attribute === undefined || (kind !== undefined && kind !== 'ordered')) throw new ConfigError('write .index ATTRIBUTE [ordered]');
      await (await session.map).addIndex(attribute, kind === 'ordered');
      return text(`the index on ${attribute} is there`);
    },
  },
  stats: {
    usage: '',
    doc: 'Statistics of the map on this member.',
    async run(session) {
      return { kind: 'value', value: (await session.map).getLocalMapStats() };
    },
  },
  entry: {
    usage: 'KEY',
    doc: 'One entry with its statistics.',
    async run(session, rest) {
      const view = await (await session.map).getEntryView(keyOf(rest, '.entry KEY'));
      if (view === undefined) return text('there is no such entry in memory');
      const {
        key,
        value,
        cost,
        creationTime,
        expirationTime,
        hits,
        lastAccessTime,
        lastUpdateTime,
        lastStoredTime,
        version,
        ttl,
        maxIdle,
      } = view;
      return {
        kind: 'value',
        value: {
          key,
          value,
          cost,
          creationTime,
          expirationTime,
          hits,
          lastAccessTime,
          lastUpdateTime,
          lastStoredTime,
          version,
          ttl,
          maxIdle,
        },
      };
    },
  },
  get: {
    usage: 'KEY',
    doc: 'The value of a key, loaded if need be.',
    async run(session, rest) {
      return { kind: 'value', value: await (await session.map).get(keyOf(rest, '.get KEY')) };
    },
  },
  put: {
    usage: 'KEY JSON',
    doc: 'Puts a value; answers with the old one.',
    async run(session, rest) {
      const [key, value] = firstArgument(rest);
      if (key === '' || value === '') throw new ConfigError('write .put KEY JSON');
      return { kind: 'value', value: await (await session.map).put(valueOf(key), jsonOf(value)) };
    },
  },
  remove: {
    usage: 'KEY',
    doc: 'Removes a key; answers with the old value.',
    async run(session, rest) {
      return { kind: 'value', value: await (await session.map).remove(keyOf(rest, '.remove KEY')) };
    },
  },
  load: {
    usage: '[KEY…]',
    doc: "Loads keys from the map's store; without keys all that it gives for the start.",
    async run(session, rest, signal) {
      const keys = allArguments(rest).map(valueOf);
      const map = await session.map;
      await map.loadAll(keys.length === 0 ? undefined : keys, signal === undefined ? {} : { signal });
      return text(`${await map.size()} entries`);
    },
  },
  flush: {
    usage: '',
    doc: 'Waits until the store has what write-behind has queued.',
    async run(session, _, signal) {
      await (await session.map).flush(signal === undefined ? {} : { signal });
      return text('the store has everything');
    },
  },
  maps: {
    usage: '',
    doc: 'Maps that are known by name.',
    async run(session) {
      return { kind: 'rows', rows: [...session.mapNames].map((map) => ({ map, current: map === session.mapName ? '*' : '' })), note: '' };
    },
  },
  use: {
    usage: 'MAP',
    doc: 'Goes to another map.',
    async run(session, rest) {
      const [name] = firstArgument(rest);
      if (name === '') throw new ConfigError('write .use MAP');
      await session.instance.getMap(name);
      session.mapName = name;
      session.mapNames.add(name);
      return text(`this is ${name}`);
    },
  },
  limit: {
    usage: 'ROWS',
    doc: 'Most rows that a query shows; 50 at first.',
    async run(session, rest) {
      const rows = Number(rest.trim());
      if (!Number.isInteger(rows) || rows < 1) throw new ConfigError(`write .limit and a whole number from 1, not '${rest.trim()}'`);
      session.limit = rows;
      return text(`up to ${rows} rows`);
    },
  },
  help: {
    usage: '',
    doc: 'What can be written here.',
    async run() {
      const lines = Object.entries(COMMANDS).map(([name, { usage, doc }]) => `  ${`.${name} ${usage}`.padEnd(34)}${doc}`);
      return text(
        ['A predicate, such as  active AND age < 30  , or a command:', ...lines, `  ${'.exit'.padEnd(34)}Ends the console.`].join('\n'),
      );
    },
  },
};

type AnyQuery = ReturnType<IMap<unknown, unknown>['query']>;

function whereOf(map: IMap<unknown, unknown>, predicate: string): AnyQuery {
  if (predicate.trim() === '') throw new ConfigError('write a predicate, such as active AND age < 30');
  return map.query().where(predicate);
}

function rowOf({ __key: key, this: value }: Readonly<Record<string, unknown>>): unknown {
  return isRecord(value) && !Object.hasOwn(value, 'key') ? { key, ...value } : { key, value };
}

function keyOf(rest: string, usage: string): unknown {
  const [key, after] = firstArgument(rest);
  if (key === '' || after !== '') throw new ConfigError(`write ${usage}; a key with spaces stands in double quotes`);
  return valueOf(key);
}

function jsonOf(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch (cause) {
    throw new ConfigError(`the value is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
