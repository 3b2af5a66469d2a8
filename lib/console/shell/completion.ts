/** What the tab key offers: commands after a dot, maps after `.use`, else attributes of the map's entries and words of the language. */
import { COMMANDS } from './commands.ts';
import type { Shell } from './shell.ts';

const WORDS = [
  'AND',
  'OR',
  'NOT',
  'BETWEEN',
  'IN',
  'LIKE',
  'ILIKE',
  'REGEX',
  'IS',
  'NULL',
  'TRUE',
  'FALSE',
  'DISTINCT',
  'FROM',
  '__key',
  'this',
];
/** Commands that a predicate comes after. */
const WITH_PREDICATE = ['find', 'count', 'explain'];

/** Candidates, and the part of the line that they stand for. */
export async function complete(shell: Shell, line: string): Promise<[string[], string]> {
  if (/^\.\w*$/.test(line)) {
    const names = [...Object.keys(COMMANDS), 'exit'].map((name) => `.${name}`);
    return [names.filter((name) => name.startsWith(line)).map((name) => `${name} `), line];
  }
  const [, command] = /^\.(\w+)\s/.exec(line) ?? [];
  const part = /[\w.]*$/.exec(line)![0];
  return [(await candidates(shell, command)).filter((name) => startsWith(name, part)), part];
}

async function candidates(shell: Shell, command: string | undefined): Promise<readonly string[]> {
  if (command === 'use') return [...shell.mapNames];
  const attributes = await shell.attributes();
  if (command === 'index') return attributes;
  return command === undefined || WITH_PREDICATE.includes(command) ? [...attributes, ...WORDS] : [];
}

function startsWith(name: string, part: string): boolean {
  return name.toLowerCase().startsWith(part.toLowerCase());
}
