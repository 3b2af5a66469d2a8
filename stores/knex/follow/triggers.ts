/**
 * The triggers behind `follow: 'notify'`: what they do, as SQL.
 *
 * They fire once for a statement, see the changed rows as transition tables, and send the keys by NOTIFY: never values, so nothing is too long. A
 * payload must be shorter than 8,000 bytes, or the writer's own transaction would fail: keys are packed into payloads of at most 7,800. A key too
 * long for that, and a queue of notifications that is half full, are told as a `gap`, without keys.
 *
 * A payload is JSON: `[origin, [[text of a key column, …], …]]`, `[origin, "truncate"]` or `[origin, "gap"]`. The origin is the setting
 * `cobnut.origin` of the writing transaction, by which a map knows its own writes; `cobnut.quiet` keeps the triggers of the table with that id silent.
 * Both are about the statements of that transaction. What these cause in their turn, a cascade or a trigger of somebody's, runs inside of a trigger
 * (`pg_trigger_depth`): that is told, and has no origin, since the map that wrote knows nothing of it.
 */
import { selectedForm } from '../codecs.ts';
import type { TableMapping } from '../mapping.ts';
import { quoteName } from '../names.ts';
import type { FollowedTable } from './followed-table.ts';

/** Grows with each change of what is installed. */
const VERSION = 2;
/** A payload may hold twice as much, since the last key in it may be as long again; and the origin, 32 characters, up to six bytes each. */
const CHUNK_BYTES = 3_800;

interface TriggerShape {
  readonly event: 'insert' | 'update' | 'delete' | 'truncate';
  readonly rows: string;
}

const SHAPES: readonly TriggerShape[] = [
  { event: 'insert', rows: 'REFERENCING NEW TABLE AS changed' },
  { event: 'update', rows: 'REFERENCING NEW TABLE AS changed OLD TABLE AS replaced' },
  { event: 'delete', rows: 'REFERENCING OLD TABLE AS changed' },
  { event: 'truncate', rows: '' },
];

export function channelOf({ id }: FollowedTable): string {
  return `cobnut_${id}`;
}

/** Statements that install or renew everything; to be run in one transaction. They lock the table against writers for a moment. */
export function installTriggers(table: FollowedTable, mapping: TableMapping): string[] {
  const body = functionBody(table, mapping);
  return [
    `CREATE OR REPLACE FUNCTION ${functionOf(table)}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS ${dollarQuoted(body)}`,
    ...SHAPES.flatMap(({ event, rows }) => [
      `DROP TRIGGER IF EXISTS ${quoteName(triggerOf(table, event))} ON ${table.quoted}`,
      [
        `CREATE TRIGGER ${quoteName(triggerOf(table, event))} AFTER ${event.toUpperCase()} ON ${table.quoted}`,
        rows,
        `FOR EACH STATEMENT WHEN (pg_trigger_depth() > 0 OR current_setting('cobnut.quiet', true) IS DISTINCT FROM '${table.id}')`,
        `EXECUTE FUNCTION ${functionOf(table)}()`,
      ]
        .filter((part) => part !== '')
        .join(' '),
    ]),
  ];
}

export function removeTriggers(table: FollowedTable): string[] {
  return [
    ...SHAPES.map(({ event }) => `DROP TRIGGER IF EXISTS ${quoteName(triggerOf(table, event))} ON ${table.quoted}`),
    // Together with the triggers of a table that this one has taken the place of.
    `DROP FUNCTION IF EXISTS ${functionOf(table)}() CASCADE`,
  ];
}

/** What is wrong with what is installed; nothing when it is as it should be. */
export function triggerProblems(table: FollowedTable, mapping: TableMapping): string[] {
  if (table.kind !== 'r' && table.kind !== 'p') return [`${table.quoted} is no table, so it can have no triggers for rows`];
  const body = functionBody(table, mapping);
  const wrong = SHAPES.flatMap(({ event }) => {
    const name = triggerOf(table, event);
    const found = table.triggers.find((trigger) => trigger.name === name);
    if (found === undefined) return [`has no trigger ${quoteName(name)}`];
    if (found.body !== body) return [`trigger ${quoteName(name)} is of another version`];
    return found.enabled === 'O' || found.enabled === 'A' ? [] : [`trigger ${quoteName(name)} is disabled`];
  });
  if (wrong.length === 0) return [];
  return [
    `${table.quoted} ${wrong.join(', ')}. Run \`installFollow(options)\` of 'cobnut/knex' once as the table's owner, or give what \`followSql(options)\` prints to whoever owns it`,
  ];
}

/** Another one after each change of what is installed. */
export function triggerPrint({ oid, triggers }: FollowedTable): string {
  return [oid, ...triggers.map(({ name, version }) => `${name} ${version}`).toSorted()].join(' ');
}

function functionBody(table: FollowedTable, { key }: TableMapping): string {
  const channel = `'${channelOf(table)}'`;
  // As text of the wire, whatever the writer's session has set: `format` writes as the type's output function does.
  const keyOf = `json_build_array(${key.map(({ codec, column }) => `format('%s', ${selectedForm(codec, `t.${column}`)})`).join(', ')})::text`;
  const notify = (keys: string): string => `
    PERFORM pg_notify(${channel}, head || packed.keys || ']')
    FROM (
      SELECT CASE WHEN n.chunk IS NULL THEN '"gap"' ELSE '[' || string_agg(n.key, ',') || ']' END AS keys
      FROM (
        SELECT k.key, CASE WHEN octet_length(k.key) < ${CHUNK_BYTES} THEN
          sum(least(octet_length(k.key), ${CHUNK_BYTES}) + 1) OVER (ROWS UNBOUNDED PRECEDING) / ${CHUNK_BYTES} END AS chunk
        FROM (${keys}) AS k
      ) AS n
      GROUP BY n.chunk
    ) AS packed;`;
  return `
-- Installed by cobnut, version ${VERSION}: tells maps that follow this table which keys were changed.
DECLARE
  origin text := CASE WHEN pg_trigger_depth() = 1 THEN current_setting('cobnut.origin', true) END;
  head text := '[' || to_json(left(coalesce(origin, ''), 32))::text || ',';
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    PERFORM pg_notify(${channel}, head || '"truncate"]');
  ELSIF pg_notification_queue_usage() > 0.5 THEN
    PERFORM pg_notify(${channel}, head || '"gap"]');
  ELSIF TG_OP = 'UPDATE' THEN${notify(`SELECT ${keyOf} AS key FROM changed AS t UNION SELECT ${keyOf} FROM replaced AS t`)}
  ELSE${notify(`SELECT ${keyOf} AS key FROM changed AS t`)}
  END IF;
  RETURN NULL;
END
`;
}

function functionOf({ schema, id }: FollowedTable): string {
  return `${quoteName(schema)}.${quoteName(`cobnut_follow_${id}`)}`;
}

function triggerOf({ id }: FollowedTable, event: string): string {
  return `cobnut_follow_${id}_${event}`;
}

function dollarQuoted(text: string): string {
  let tag = 'cobnut';
  while (text.includes(`$${tag}$`)) tag += '_';
  return `$${tag}$${text}$${tag}$`;
}
