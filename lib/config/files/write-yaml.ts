/** Options as YAML that means the same: read again, they are equal. */
import { stringify } from 'yaml';
import type { InstanceOptions } from '../../api/instance.ts';
import { INSTANCE_OPTIONS, type Option } from '../option-table.ts';
import { isObject, refuse, type ConfigProblem } from '../options-reader.ts';
import { partToText } from './from-text.ts';
import { draft, type Draft } from './written.ts';

/** Throws ConfigError for parts of the program that are no module: a file can't hold them. */
export function toYaml(options: InstanceOptions): string {
  const problems: ConfigProblem[] = [];
  const plain = plainOf(options, { kind: 'group', options: INSTANCE_OPTIONS, doc: '' }, '', problems);
  refuse(problems);
  return stringify(escaped(plain), { lineWidth: 0 });
}

function plainOf(value: unknown, option: Option | undefined, path: string, problems: ConfigProblem[]): unknown {
  if (option?.kind === 'part') {
    const text = partToText(value);
    if (text === undefined)
      problems.push({
        path,
        message: `is ${option.what} of the program, which no file can hold${option.module ? ': write { module, export }' : ''}`,
      });
    return text;
  }
  if (Array.isArray(value)) return value.map((item, position) => plainOf(item, itemOf(option), `${path}[${position}]`, problems));
  if (!isObject(value)) return value === Infinity ? 'Infinity' : value;
  const plain: Draft = draft();
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) plain[name] = plainOf(field, fieldOf(option, name), path === '' ? name : `${path}.${name}`, problems);
  }
  return plain;
}

function itemOf(option: Option | undefined): Option | undefined {
  return option?.kind === 'list' ? { kind: 'group', options: option.options, doc: '' } : undefined;
}

function fieldOf(option: Option | undefined, name: string): Option | undefined {
  if (option?.kind === 'group') return Object.hasOwn(option.options, name) ? option.options[name] : undefined;
  return option?.kind === 'named' ? { kind: 'group', options: option.options, doc: '' } : undefined;
}

/** A text that looks like a reference to the environment is none. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [literal(name), escaped(field)]));
}

/** A function, because `$$` in a replacement is a single `$`. */
function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}
