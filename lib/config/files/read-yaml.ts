/** YAML, and JSON, which is YAML too: options by their own names (M72). Texts may refer to the environment. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type ParsedNode, type Scalar } from 'yaml';
import type { InstanceOptions } from '../../api/instance.ts';
import { INSTANCE_OPTIONS, type Option, type OptionTable } from '../option-table.ts';
import { substitute } from './environment.ts';
import { fromText } from './from-text.ts';
import { draft, type Draft, type FileOptions, type PlacedProblem, type Position, type Written } from './written.ts';

/** Parts of a document, those that aliases repeat included: a short text can stand for very many. */
const PARTS_MAX = 100_000;
/** Within each other: an alias can hold itself. */
const DEPTH_MAX = 64;

type Node = ParsedNode | null | undefined;

const WHOLE: Option = { kind: 'group', options: INSTANCE_OPTIONS, doc: '' };

export function readYaml(text: string, options: FileOptions): Written {
  return new YamlReader(text, options).read();
}

class YamlReader {
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #options: FileOptions;
  readonly #positions = new Map<string, Position>();
  readonly #problems: PlacedProblem[] = [];
  #partsLeft = PARTS_MAX;

  constructor(text: string, options: FileOptions) {
    // Names said twice are found here: the parser compares each name with each. Tags that mean other than plain data are refused.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false, resolveKnownTags: false });
    this.#options = options;
  }

  read(): Written {
    const { errors, warnings } = this.#document;
    for (const { message, pos } of [...errors, ...warnings])
      this.#problems.push({ path: '', message: `is no YAML: ${message}`, ...this.#positionAt(pos[0]) });
    const isWhole = this.#problems.length === 0 && this.#document.contents !== null;
    const options = isWhole ? this.#value(this.#document.contents, WHOLE, '') : draft();
    return { options: options as InstanceOptions, positions: this.#positions, problems: this.#problems, notes: [] };
  }

  /** `option`: what stands there; `undefined`: nobody knows, and it is taken as it is. */
  #value(given: Node, option: Option | undefined, path: string, depth = 0): unknown {
    const node = isAlias(given) ? (given.resolve(this.#document) as Node) : given;
    if (node === null || node === undefined) return null;
    if (!this.#positions.has(path)) this.#positions.set(path, this.#positionOf(given!));
    if (--this.#partsLeft < 0) {
      if (this.#partsLeft === -1) this.#note(path, `has more than ${PARTS_MAX} parts`);
      return null;
    }
    if (depth > DEPTH_MAX) {
      this.#note(path, `is nested more than ${DEPTH_MAX} deep`);
      this.#partsLeft = -1;
      return null;
    }
    if (isMap(node)) return this.#fields(node.items, option, path, depth);
    if (isSeq(node))
      return node.items.map((item, position) => this.#value(item as Node, itemOf(option), `${path}[${position}]`, depth + 1));
    return isScalar(node) ? this.#scalar(node, option, path) : null;
  }

  #fields(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    option: Option | undefined,
    path: string,
    depth: number,
  ): Draft {
    const fields = draft();
    for (const { key, value } of items) {
      const name = this.#nameOf(key as Node, path);
      if (name === undefined) continue;
      const place = path === '' ? name : `${path}.${name}`;
      this.#positions.set(place, this.#positionOf(key as ParsedNode));
      if (Object.hasOwn(fields, name)) this.#note(place, 'is said twice');
      fields[name] = this.#value(value as Node, fieldOf(option, name), place, depth + 1);
    }
    return fields;
  }

  #nameOf(key: Node, path: string): string | undefined {
    if (isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'number')) return this.#substituted(asWritten(key), path);
    this.#note(path, 'has a name that is no text');
    return undefined;
  }

  #scalar(node: Scalar, option: Option | undefined, path: string): unknown {
    const { value } = node;
    if (value !== null && option?.kind === 'properties') return this.#substituted(asWritten(node), path);
    if (typeof value !== 'string') return value;
    const text = this.#substituted(value, path);
    return option === undefined ? text : fromText(option, text, this.#options.classes);
  }

  #substituted(text: string, path: string): string {
    return substitute(text, this.#options.env, (message) => this.#note(path, message));
  }

  #note(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  #positionOf({ range }: ParsedNode): Position {
    return this.#positionAt(range[0]);
  }

  #positionAt(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

/** A name or text that looks like a number is what stands there: `007`, `1.10`. */
function asWritten({ value, source }: Scalar): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}

/** What stands at a name within it. Of properties each value is one still. */
function fieldOf(option: Option | undefined, name: string): Option | undefined {
  switch (option?.kind) {
    case 'group':
      return own(option.options, name);
    case 'named':
      return { kind: 'group', options: option.options, doc: '' };
    case 'properties':
      return option;
    default:
      return undefined;
  }
}

function itemOf(option: Option | undefined): Option | undefined {
  if (option?.kind === 'list') return { kind: 'group', options: option.options, doc: '' };
  return option?.kind === 'texts' ? { kind: 'text', doc: '' } : undefined;
}

function own(table: OptionTable, name: string): Option | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
