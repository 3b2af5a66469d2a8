/** One line of the console at a time: a predicate is a query, `.name` is a command. Knows nothing of terminals. */
import { closest } from '../../../grammar/closest.ts';
import type { Instance } from '../../api/instance.ts';
import type { IMap } from '../../api/map.ts';
import { CobnutError } from '../../errors.ts';
import type { Answer, Session } from './command.ts';
import { COMMANDS } from './commands.ts';

export interface ShellOptions {
  readonly instance: Instance;
  /** Maps that the configuration names. */
  readonly mapNames: readonly string[];
  /** The map to begin with. */
  readonly mapName: string;
}

export class Shell implements Session {
  readonly instance: Instance;
  /** Maps that are known by name. */
  readonly mapNames: Set<string>;
  mapName: string;
  /** Most rows that a query shows. */
  limit = 50;
  #attributes: readonly string[] = [];

  constructor({ instance, mapNames, mapName }: ShellOptions) {
    this.instance = instance;
    this.mapNames = new Set([...mapNames, mapName]);
    this.mapName = mapName;
  }

  get map(): Promise<IMap<unknown, unknown>> {
    return this.instance.getMap(this.mapName);
  }

  /** `undefined`: the console is to end. Errors are those of the map, and of the shell for what is no command. */
  async run(line: string, signal?: AbortSignal): Promise<Answer | undefined> {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return { kind: 'text', text: '' };
    if (!text.startsWith('.')) return COMMANDS['find']!.run(this, text, signal);
    const [, name, rest] = /^\.(\S*)\s*([\s\S]*)$/.exec(text)!;
    if (name === 'exit' || name === 'quit') return undefined;
    const command = Object.hasOwn(COMMANDS, name!) ? COMMANDS[name!] : undefined;
    if (command === undefined) {
      const near = closest(name!, Object.keys(COMMANDS));
      throw new CobnutError(
        'ERR_CONFIG',
        `there is no command .${name}${near === undefined ? '; .help lists them' : `; did you mean .${near}?`}`,
      );
    }
    return command.run(this, rest!, signal);
  }

  /** Attributes that entries of the map have, from a few of them: for completion. */
  async attributes(): Promise<readonly string[]> {
    const sample = await (await this.map).query().limit(50).toArray();
    this.#attributes = [...new Set(sample.flatMap((value) => pathsOf(value, '')))].toSorted();
    return this.#attributes;
  }
}

function pathsOf(value: unknown, path: string, depth = 0): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date || depth === 3)
    return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([name, part]) => pathsOf(part, path === '' ? name : `${path}.${name}`, depth + 1));
}
