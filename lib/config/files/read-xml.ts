/**
 * Hazelcast's XML (M72): the manual's, the Spring form, and today's spellings where they say the same. What Hazelcast has and Cobnut does not is
 * named, never passed over.
 */
import { parseXml, XmlElement, XmlError, XmlText } from '@rgrove/parse-xml';
import { closest } from '../../../grammar/closest.ts';
import { INDEX_OPTIONS, INSTANCE_OPTIONS, type Option, type OptionTable } from '../option-table.ts';
import { describe } from '../options-reader.ts';
import { substitute } from './environment.ts';
import { fromText } from './from-text.ts';
import { HAZELCAST_ONLY, SAME_AS_ALWAYS } from './hazelcast-only.ts';
import { draft, type Draft, type FileOptions, type PlacedProblem, type Position, type Written } from './written.ts';

/** Elements of a whole configuration; a single map's is accepted too. */
const ROOTS = ['hazelcast', 'hazelcast-client', 'cobnut', 'config', 'beans'];
/** A Spring configuration wraps the configuration once more. */
const WRAPPERS = ['hazelcast', 'config', 'client'];

export function readXml(text: string, options: FileOptions): Written {
  return new XmlReader(text, options).read();
}

class XmlReader {
  readonly #text: string;
  /** Where each line begins. */
  readonly #lines: readonly number[];
  readonly #options: FileOptions;
  readonly #positions = new Map<string, Position>();
  readonly #problems: PlacedProblem[] = [];
  readonly #notes: PlacedProblem[] = [];

  constructor(text: string, options: FileOptions) {
    this.#text = text;
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    this.#options = options;
  }

  read(): Written {
    const instance = draft();
    try {
      const root = this.#parse();
      if (root !== undefined) this.#readRoot(root, instance);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problems.push({ path: '', message: 'is nested too deeply to be read' });
    }
    return { options: instance, positions: this.#positions, problems: this.#problems, notes: this.#notes };
  }

  #parse(): XmlElement | undefined {
    try {
      return parseXml(this.#text, { includeOffsets: true }).root ?? undefined;
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      const [message] = error.message.split('\n', 1) as [string];
      const { line, column } = error;
      this.#problems.push({ path: '', message: `is no XML: ${message.replace(/ \(line .*\)$/, '')}`, line, column });
      return undefined;
    }
  }

  #readRoot(root: XmlElement, instance: Draft): void {
    this.#positions.set('', this.#positionOf(root));
    const name = localName(root);
    if (name === 'map') return this.#readMap(root, instance);
    if (!ROOTS.includes(name)) {
      this.#note(root, '', `the root is <hazelcast>, or a single <map>, not <${root.name}>`);
      return;
    }
    this.#readInstance(root, instance);
  }

  #readInstance(element: XmlElement, instance: Draft): void {
    this.#refuseText(element, '');
    this.#refuseAttributes(element, '', ['id']);
    for (const child of elementsOf(element)) {
      const name = localName(child);
      if (name === 'map') this.#readMap(child, instance);
      else if (WRAPPERS.includes(name)) this.#readInstance(child, instance);
      else if (name === 'properties') this.#readInstanceProperties(child, instance);
      else if (name === 'group') this.#readGroup(child, instance);
      else this.#readOption(child, INSTANCE_OPTIONS, '', instance);
    }
  }

  /** `<group><name>`: today's `<cluster-name>`. */
  #readGroup(element: XmlElement, instance: Draft): void {
    this.#refuseText(element, '');
    this.#refuseAttributes(element, '', []);
    for (const child of elementsOf(element)) {
      if (localName(child) === 'name') this.#put(child, 'name', INSTANCE_OPTIONS.name, textOf(child), '', instance);
      else this.#unknown(child, '', []);
    }
  }

  #readInstanceProperties(element: XmlElement, instance: Draft): void {
    for (const [name, text, child] of this.#properties(element, '')) {
      if (name === 'hazelcast.partition.count') this.#put(child, 'partitionCount', INSTANCE_OPTIONS.partitionCount, text, '', instance);
      else this.#note(child, '', `Hazelcast's property '${name}' has no counterpart`);
    }
  }

  #readMap(element: XmlElement, instance: Draft): void {
    const name = this.#textIn(element, element.attributes['name'] ?? '', 'maps');
    const maps = (instance['maps'] ??= draft()) as Draft;
    const path = `maps.${name}`;
    if (name === '') this.#note(element, 'maps', 'a map needs a name: <map name="…">');
    if (Object.hasOwn(maps, name)) this.#note(element, path, `there are two maps of the name '${name}'`);
    const map = draft();
    maps[name] = map;
    this.#readElement(element, INSTANCE_OPTIONS.maps.options, path, map, ['name', 'id']);
    this.#forgetIdleLimit(element, map, path);
  }

  /** Hazelcast takes a size without a policy, and limits nothing; so do we, and say so. */
  #forgetIdleLimit(element: XmlElement, map: Draft, path: string): void {
    if (map['maxSize'] === undefined || (map['evictionPolicy'] ?? 'NONE') !== 'NONE') return;
    const position = this.#positions.get(`${path}.maxSize`) ?? this.#positionOf(element);
    this.#notes.push({ path: `${path}.maxSize`, message: 'limits nothing while the eviction policy is NONE', ...position });
    delete map['maxSize'];
  }

  /** Attributes and elements of a group of options. */
  #readElement(element: XmlElement, table: OptionTable, path: string, into: Draft, ownAttributes: readonly string[] = []): void {
    this.#positions.set(path, this.#positionOf(element));
    this.#refuseText(element, path);
    for (const [name, text] of Object.entries(element.attributes)) {
      if (ownAttributes.includes(name) || name.startsWith('xmlns') || name.includes(':')) continue;
      const found = optionSaidBy(table, `@${name}`);
      if (found === undefined) this.#note(element, path, `<${element.name}> has no attribute '${name}'`);
      else this.#put(element, found.name, found.option, text, path, into);
    }
    for (const child of elementsOf(element)) this.#readOption(child, table, path, into);
  }

  #readOption(element: XmlElement, table: OptionTable, path: string, into: Draft): void {
    const name = localName(element);
    const found = optionSaidBy(table, name);
    const byAttributes = Object.keys(element.attributes).filter((attribute) => !attribute.startsWith('xmlns'));
    const isSplit = byAttributes.some((attribute) => optionSaidBy(table, `${name}/@${attribute}`) !== undefined);
    if (found === undefined && !isSplit) return this.#unknown(element, path, namesIn(table));
    if (found !== undefined) this.#readValue(element, found.name, found.option, path, into, isSplit);
    if (isSplit || found?.option.kind !== 'group') this.#readSplit(element, name, byAttributes, table, path, into, found?.option);
  }

  /** Options that are attributes of one element: `<max-size policy="…">`, `<eviction size="…" …/>`. */
  #readSplit(
    element: XmlElement,
    name: string,
    attributes: readonly string[],
    table: OptionTable,
    path: string,
    into: Draft,
    own: Option | undefined,
  ): void {
    for (const attribute of attributes) {
      const found = optionSaidBy(table, `${name}/@${attribute}`);
      if (found !== undefined) this.#put(element, found.name, found.option, element.attributes[attribute]!, path, into);
      else if (SAME_AS_ALWAYS.get(`${name}/@${attribute}`) === element.attributes[attribute]!.toLowerCase()) continue;
      else if (own?.kind !== 'list' && own?.kind !== 'properties')
        this.#note(element, path, `<${element.name}> has no attribute '${attribute}'`);
    }
    // Of a map it is each member's, when nobody says; of a near cache there is nothing else.
    if (name === 'eviction' && into['maxSize'] !== undefined && table['maxSizePolicy'] !== undefined)
      into['maxSizePolicy'] ??= 'per_member';
    if (own !== undefined) return;
    this.#refuseText(element, path);
    for (const child of elementsOf(element)) this.#unknown(child, path, []);
  }

  #readValue(element: XmlElement, name: string, option: Option, path: string, into: Draft, isSplit: boolean): void {
    const place = at(path, name);
    switch (option.kind) {
      case 'group': {
        const group = draft();
        this.#putOnce(element, name, group, path, into);
        this.#readElement(element, option.options, place, group, ['name']);
        return;
      }
      case 'list':
        this.#putOnce(element, name, this.#readIndexes(element, place), path, into);
        return;
      case 'properties':
        this.#putOnce(
          element,
          name,
          draft(Object.fromEntries(this.#properties(element, place).map(([key, text]) => [key, text]))),
          path,
          into,
        );
        return;
      default:
        for (const child of elementsOf(element)) this.#unknown(child, path, []);
        if (!isSplit || textOf(element).trim() !== '') this.#put(element, name, option, textOf(element), path, into);
    }
  }

  #readIndexes(element: XmlElement, path: string): Draft[] {
    this.#refuseText(element, path);
    this.#refuseAttributes(element, path, []);
    const indexes: Draft[] = [];
    for (const child of elementsOf(element)) {
      if (localName(child) !== 'index') this.#unknown(child, path, ['index']);
      else indexes.push(this.#readIndex(child, `${path}[${indexes.length}]`));
    }
    return indexes;
  }

  /** `<index ordered="true">age</index>`, `<hz:index attribute="age" ordered="true"/>`, `<index type="SORTED"><attributes>…`. */
  #readIndex(element: XmlElement, path: string): Draft {
    this.#positions.set(path, this.#positionOf(element));
    const index = draft();
    const names: string[] = [];
    for (const [name, text] of Object.entries(element.attributes)) {
      if (name === 'type' || name === 'name' || name === 'ordered' || name === 'attribute')
        this.#put(element, name, INDEX_OPTIONS[name], text, path, index);
      else this.#note(element, path, `<${element.name}> has no attribute '${name}'`);
    }
    for (const child of elementsOf(element)) {
      if (localName(child) !== 'attributes') this.#unknown(child, path, ['attributes']);
      else names.push(...this.#readAttributeNames(child, path));
    }
    if (names.length > 0) index['attributes'] = names;
    const text = textOf(element).trim();
    if (names.length > 0) this.#refuseText(element, path);
    else if (text !== '') this.#put(element, 'attribute', INDEX_OPTIONS.attribute, text, path, index);
    if (index['type'] !== undefined && index['attribute'] !== undefined) {
      index['attributes'] = [index['attribute']];
      delete index['attribute'];
    }
    return index;
  }

  #readAttributeNames(element: XmlElement, path: string): string[] {
    this.#refuseText(element, path);
    const names: string[] = [];
    for (const child of elementsOf(element)) {
      if (localName(child) !== 'attribute') this.#unknown(child, path, ['attribute']);
      else names.push(this.#textIn(child, textOf(child), path).trim());
    }
    return names;
  }

  #properties(element: XmlElement, path: string): (readonly [string, string, XmlElement])[] {
    this.#refuseText(element, path);
    this.#refuseAttributes(element, path, []);
    const properties = new Map<string, readonly [string, string, XmlElement]>();
    for (const child of elementsOf(element)) {
      const name = child.attributes['name'];
      if (localName(child) !== 'property' || name === undefined) {
        this.#unknown(child, path, ['property']);
        continue;
      }
      this.#refuseAttributes(child, path, ['name']);
      for (const part of elementsOf(child)) this.#unknown(part, path, []);
      if (properties.has(name)) this.#note(child, path, `there are two properties of the name '${name}'`);
      properties.set(name, [name, this.#textIn(child, textOf(child), path).trim(), child]);
    }
    return [...properties.values()];
  }

  #put(element: XmlElement, name: string, option: Option, text: string, path: string, into: Draft): void {
    this.#putOnce(element, name, fromText(option, this.#textIn(element, text, at(path, name)), this.#options.classes), path, into);
  }

  #putOnce(element: XmlElement, name: string, value: unknown, path: string, into: Draft): void {
    const place = at(path, name);
    if (Object.hasOwn(into, name)) this.#note(element, place, `<${element.name}> says again what was said before`);
    into[name] = value;
    this.#positions.set(place, this.#positionOf(element));
  }

  #textIn(element: XmlElement, text: string, path: string): string {
    return substitute(text, this.#options.env, (message) => this.#note(element, path, message));
  }

  #refuseAttributes(element: XmlElement, path: string, names: readonly string[]): void {
    for (const name of Object.keys(element.attributes))
      if (!names.includes(name) && !name.startsWith('xmlns') && !name.includes(':'))
        this.#note(element, path, `<${element.name}> has no attribute '${name}'`);
  }

  /** Dots, as manuals write them for what they leave out, are let pass. */
  #refuseText(element: XmlElement, path: string): void {
    const text = textOf(element).trim();
    if (!/^[.…\s]*$/.test(text)) this.#note(element, path, `<${element.name}> has a text that means nothing: ${describe(text)}`);
  }

  #unknown(element: XmlElement, path: string, names: readonly string[]): void {
    const name = localName(element);
    const same = SAME_AS_ALWAYS.get(name);
    if (same !== undefined && same === textOf(element).trim().toLowerCase()) return;
    if (HAZELCAST_ONLY.has(name)) return this.#note(element, path, `Hazelcast's <${name}> has no counterpart: take it out`);
    const near = closest(name, names);
    this.#note(element, path, `there is no <${element.name}> here${near === undefined ? '' : `; did you mean <${near}>?`}`);
  }

  #note(element: XmlElement, path: string, message: string): void {
    this.#problems.push({ path, message, ...this.#positionOf(element) });
  }

  #positionOf({ start }: XmlElement): Position {
    let low = 0;
    for (let high = this.#lines.length; high - low > 1;) {
      const middle = (low + high) >>> 1;
      if (this.#lines[middle]! <= start) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: start - this.#lines[low]! + 1 };
  }
}

/** Without Spring's `hz:`. */
function localName({ name }: XmlElement): string {
  return name.slice(name.indexOf(':') + 1);
}

function elementsOf({ children }: XmlElement): XmlElement[] {
  return children.filter((child) => child instanceof XmlElement);
}

/** What stands in the element itself. */
function textOf({ children }: XmlElement): string {
  return children.map((child) => (child instanceof XmlText ? child.text : '')).join('');
}

function optionSaidBy(table: OptionTable, spelling: string): { readonly name: string; readonly option: Option } | undefined {
  for (const [name, option] of Object.entries(table)) if (option.xml?.includes(spelling) === true) return { name, option };
  return undefined;
}

function namesIn(table: OptionTable): string[] {
  const spellings = Object.values(table).flatMap(({ xml = [] }) => xml.map((spelling) => spelling.split('/', 1)[0]!));
  return spellings.filter((spelling) => !spelling.startsWith('@'));
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
