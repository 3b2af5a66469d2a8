/** What a text in a file means for an option. What it can't mean stays a text, and is refused like any other wrong value. */
import type { Option } from '../option-table.ts';
import { isObject } from '../options-reader.ts';
import type { NamedParts } from './written.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export function fromText(option: Option, text: string, classes: NamedParts): unknown {
  const trimmed = text.trim();
  switch (option.kind) {
    case 'number':
      if (NUMBER.test(trimmed)) return Number(trimmed);
      return trimmed === 'Infinity' && option.orInfinity === true ? Infinity : trimmed;
    case 'flag':
      return FLAGS.get(trimmed.toLowerCase()) ?? trimmed;
    case 'choice':
      return choice(option, trimmed);
    case 'part':
      return option.module ? part(trimmed, classes) : trimmed;
    default:
      return trimmed;
  }
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** In any case, and by Hazelcast's other words. */
function choice({ of, spelled = {} }: Option & { readonly kind: 'choice' }, text: string): string {
  const lower = text.toLowerCase();
  const found = of.find((one) => one.toLowerCase() === lower);
  return found ?? (Object.hasOwn(spelled, lower) ? spelled[lower]! : text);
}

/** What has been given under that name; else a module, `path#export`. */
function part(text: string, classes: NamedParts): unknown {
  if (Object.hasOwn(classes, text)) return classes[text];
  const hash = text.indexOf('#');
  return hash < 0 ? { module: text } : { module: text.slice(0, hash), export: text.slice(hash + 1) };
}

/** A part as a file writes it; `undefined` when a file can't. */
export function partToText(value: unknown): string | undefined {
  if (!isObject(value) || typeof value['module'] !== 'string') return undefined;
  const name = value['export'];
  return typeof name === 'string' && name !== 'default' ? `${value['module']}#${name}` : value['module'];
}
