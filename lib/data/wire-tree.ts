/**
 * Values on their way to another member: what `structuredClone` would lose is marked, and made again from its mark on the other side.
 *
 * structuredClone, and any format that can take its place, keeps plain objects, arrays, Dates, Maps, Sets, binary data and primitives. It makes plain
 * objects of class instances and a Uint8Array of a Buffer, without a word. Those become objects with the property `MARK`; an object of the user's that
 * has such a property itself is marked too, so nothing can be mistaken. Parts without anything to mark are not copied.
 */
import { copyOfBytes, isBytes } from './bytes-copy.ts';
import { FrozenMap, FrozenSet } from './frozen-collections.ts';
import { frozenDate } from './frozen-date.ts';
import { VALUE_DEPTH_MAX } from './frozen-copy.ts';
import { isPlainArray, isPlainDate, isPlainMap, isPlainObject, isPlainSet } from './plain.ts';
import { Refusal, kindOf, within } from './refusal.ts';
import { classNamed, registeredClass, type RegisteredClass } from './registered-classes.ts';

export const MARK = '\0cobnut';

type Fields = Record<string, unknown>;

/** What to make of what arrives. */
export interface Restoring {
  /** Whether everything is frozen, as in the frozen form; otherwise it is left as it came. */
  readonly frozen: boolean;
  /** Whether there may be marks inside. */
  readonly marked: boolean;
}

/** The value as plain data; the value itself where it is that already. Throws Refusal for what can't travel. */
export function marked(value: unknown): unknown {
  return markedPart(value, 0);
}

function markedPart(part: unknown, depth: number): unknown {
  if (typeof part !== 'object' || part === null) {
    if (typeof part === 'function' || typeof part === 'symbol') throw new Refusal(`${kindOf(part)} can't travel to another member`);
    return part;
  }
  if (depth > VALUE_DEPTH_MAX) throw new Refusal(`a value can't have more than ${VALUE_DEPTH_MAX} levels (or is this a cycle?)`);
  if (isPlainObject(part)) {
    const fields = markedFields(part, depth);
    return Object.hasOwn(part, MARK) ? { [MARK]: 'object', fields } : fields;
  }
  if (isPlainArray(part)) return markedArray(part, depth);
  return markedRare(part, depth);
}

function markedFields(part: Fields, depth: number): Fields {
  let copy: Fields | undefined;
  for (const name of Object.keys(part)) {
    const field = part[name];
    if (typeof field !== 'object' ? typeof field !== 'function' && typeof field !== 'symbol' : field === null) continue;
    const kept = at(name, field, depth);
    if (kept === field) continue;
    copy ??= { ...part };
    copy[name] = kept; // an own property by now, so that even `__proto__` is only a name
  }
  return copy ?? part;
}

function markedArray(part: readonly unknown[], depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < part.length; i++) {
    const kept = at(i, part[i], depth);
    if (Object.is(kept, part[i])) continue;
    copy ??= part.slice();
    copy[i] = kept;
  }
  return copy ?? part;
}

function at(step: string | number, part: unknown, depth: number): unknown {
  try {
    return markedPart(part, depth + 1);
  } catch (error) {
    throw within(step, error);
  }
}

function markedRare(part: object, depth: number): unknown {
  const prototype: object | null = Object.getPrototypeOf(part);
  const type = prototype === null ? undefined : registeredClass(prototype);
  if (type !== undefined) return markedInstance(part, type, depth);
  // An independent copy of just what it shows: a small window would take all of its memory along.
  if (isBytes(part)) {
    const bytes = copyOfBytes(part);
    return bytes instanceof Buffer ? { [MARK]: 'Buffer', bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) } : bytes;
  }
  if (isPlainDate(part)) return part;
  if (isPlainMap(part)) return markedMap(part, depth);
  if (isPlainSet(part)) return markedSet(part, depth);
  throw new Refusal(`${kindOf(part)} can't travel to another member (registerClass allows it)`);
}

function markedInstance(part: object, type: RegisteredClass, depth: number): unknown {
  const { name, copy, pack } = type;
  if (classNamed(name) !== type) throw new Refusal(`several classes are registered as '${name}': give registerClass a \`name\``);
  if (pack !== undefined) return { [MARK]: 'packed', name, packed: at('pack()', packed(part, pack), depth) };
  if (copy !== undefined) throw new Refusal(`${kindOf(part)} can't travel to another member: registerClass needs \`pack\` and \`unpack\``);
  return { [MARK]: 'class', name, fields: markedFields({ ...part }, depth) };
}

function packed(part: object, pack: (instance: object) => unknown): unknown {
  try {
    return pack(part);
  } catch (error) {
    throw new Refusal(`the pack function of ${kindOf(part)} failed`, { cause: error });
  }
}

function markedMap(part: ReadonlyMap<unknown, unknown>, depth: number): unknown {
  const entries: [unknown, unknown][] = [];
  let same = true;
  for (const [key, value] of Map.prototype.entries.call(part) as Iterable<[unknown, unknown]>) {
    const kept: [unknown, unknown] = [at(entries.length, key, depth), at(entries.length, value, depth)];
    same &&= Object.is(kept[0], key) && Object.is(kept[1], value);
    entries.push(kept);
  }
  return same ? part : new Map(entries);
}

function markedSet(part: ReadonlySet<unknown>, depth: number): unknown {
  const elements: unknown[] = [];
  let same = true;
  for (const element of Set.prototype.values.call(part) as Iterable<unknown>) {
    const kept = at(elements.length, element, depth);
    same &&= Object.is(kept, element);
    elements.push(kept);
  }
  return same ? part : new Set(elements);
}

/** What `marked` was given, from a copy of what it gave; the copy is used up. Throws Refusal for a class that is not known here. */
export function restored(part: unknown, how: Restoring): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (isPlainArray(part)) return restoredArray(part, how);
  if (isPlainObject(part)) return how.marked && Object.hasOwn(part, MARK) ? unmarked(part, how) : restoredFields(part, how);
  if (isPlainDate(part)) return how.frozen ? frozenDate(part) : part;
  if (isPlainMap(part)) return restoredMap(part, how);
  if (isPlainSet(part)) return restoredSet(part, how);
  return part; // binary data, or an instance that was made already because it was sent twice
}

/** An object that was sent twice arrives as one: it has been done already when it is frozen. */
function restoredFields(part: Fields, how: Restoring): Fields {
  if (Object.isFrozen(part)) return part;
  for (const name in part) {
    const field = part[name];
    if (typeof field !== 'object' || field === null) continue;
    const kept = restored(field, how);
    if (kept !== field) part[name] = kept;
  }
  return how.frozen ? Object.freeze(part) : part;
}

function restoredArray(part: unknown[], how: Restoring): readonly unknown[] {
  if (Object.isFrozen(part)) return part;
  for (let i = 0; i < part.length; i++) {
    const element = part[i];
    if (typeof element === 'object' && element !== null) part[i] = restored(element, how);
  }
  return how.frozen ? Object.freeze(part) : part;
}

function restoredMap(part: ReadonlyMap<unknown, unknown>, how: Restoring): unknown {
  if (part instanceof FrozenMap || !(how.frozen || how.marked)) return part;
  const entries = Array.from(part, ([key, value]) => [restored(key, how), restored(value, how)] as const);
  return how.frozen ? FrozenMap.of(entries) : new Map(entries);
}

function restoredSet(part: ReadonlySet<unknown>, how: Restoring): unknown {
  if (part instanceof FrozenSet || !(how.frozen || how.marked)) return part;
  const elements = Array.from(part, (element) => restored(element, how));
  return how.frozen ? FrozenSet.of(elements) : new Set(elements);
}

function unmarked(part: Fields, how: Restoring): unknown {
  const { name, fields, bytes } = part;
  switch (part[MARK]) {
    case 'Buffer':
      if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      break;
    case 'object':
      if (isFields(fields)) return restoredFields(fields, how);
      break;
    case 'class':
      if (isFields(fields)) return instanceOf(classOf(name), restoredFields(fields, how), how);
      break;
    case 'packed':
      return unpacked(classOf(name), restored(part['packed'], how));
  }
  throw new Refusal('a value arrived with a mark that is not known here');
}

function isFields(part: unknown): part is Fields {
  return typeof part === 'object' && part !== null && isPlainObject(part);
}

function classOf(name: unknown): RegisteredClass {
  const type = typeof name === 'string' ? classNamed(name) : undefined;
  if (type === undefined) throw new Refusal(`an instance of ${String(name)} arrived, which is not registered here (registerClass)`);
  return type;
}

function instanceOf({ prototype }: RegisteredClass, fields: Fields, how: Restoring): object {
  const instance: object = Object.create(prototype);
  for (const name of Object.keys(fields)) {
    // Assigning could meet a setter of the class.
    Object.defineProperty(instance, name, { value: fields[name], enumerable: true, writable: !how.frozen, configurable: !how.frozen });
  }
  return how.frozen ? Object.freeze(instance) : instance;
}

function unpacked({ name, unpack, prototype }: RegisteredClass, content: unknown): unknown {
  if (unpack === undefined) throw new Refusal(`an instance of ${name} arrived packed, but is registered without \`unpack\` here`);
  let made: unknown;
  try {
    made = unpack(content);
  } catch (error) {
    throw new Refusal(`the unpack function of ${name} failed`, { cause: error });
  }
  if (typeof made === 'object' && made !== null && Object.getPrototypeOf(made) === prototype) return made;
  throw new Refusal(`the unpack function of ${name} gave ${kindOf(made)}`);
}
