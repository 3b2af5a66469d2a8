/**
 * Keys and values as they travel between members: as *wire*, plain data that `structuredClone`, and any format in its place, takes and keeps.
 *
 * A wire is for sending: it may share parts with the map. What arrives is a copy, and belongs to whoever decodes it. The common case, a frozen value
 * of plain data in a process without registered classes, travels as it is, without a walk. Everything the map keeps arrives as it was; only an object
 * without prototype arrives with the usual one.
 */
import { ValueError } from '../errors.ts';
import { isPlainObject } from './plain.ts';
import { Refusal, kindOf } from './refusal.ts';
import { hasRegisteredClasses } from './registered-classes.ts';
import { Encoded, Unshared } from './stored-value.ts';
import { fromKey, toKey, type StoredKey } from './key.ts';
import { valueForm, type ValueForm } from './value.ts';
import { MARK, marked, restored } from './wire-tree.ts';

/** A key for other members. */
export function keyToWire(key: StoredKey): unknown {
  return fromKey(key);
}

/** What `keyToWire` was given. Cost: as `toKey`. */
export function keyFromWire(wire: unknown): StoredKey {
  return toKey(wire);
}

/** A stored value for other members, whose map has the same form. Throws ValueError for an instance of a class that can't travel. */
export function storedToWire(form: ValueForm, stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null) return stored;
  if (stored instanceof Encoded) return stored.hasBuffers ? [stored.bytes] : stored.bytes;
  if (stored instanceof Unshared) return { [MARK]: 'unshared', tree: tree(stored.value) };
  if (form.mode === 'frozen' && !hasRegisteredClasses() && !(MARK in stored)) return stored;
  const sent = tree(stored);
  return sent === stored ? sent : { [MARK]: 'shared', tree: sent };
}

/** The stored value, to be kept by a map of the same form. Throws ValueError for an instance of a class that is not registered here. */
export function storedFromWire(form: ValueForm, wire: unknown): unknown {
  if (typeof wire !== 'object' || wire === null) return wire;
  if (form.mode === 'binary') return encoded(wire);
  const frozen = form.mode === 'frozen';
  const kind: unknown = Reflect.get(wire, MARK);
  if (kind === undefined) return frozen ? content(wire, true, false) : wire;
  const value = content(Reflect.get(wire, 'tree'), frozen, true);
  return kind === 'unshared' ? new Unshared(value) : value;
}

/**
 * A value as users have it: an argument, or what a processor returned. What it has inside now is what arrives. `null` and `undefined` are taken.
 * Throws ValueError, with the path, for what no map would store either.
 */
export function userToWire(value: unknown): unknown {
  if (value === null || value === undefined) return value;
  return storedToWire(FROZEN, FROZEN.takeIn(value));
}

/**
 * As `userToWire`, for what a map of this form has handed out (or `undefined`): it was looked through when it came in, so the common case, plain objects and
 * arrays of primitives, goes as it is.
 */
export function handedToWire(form: ValueForm, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const goesAsItIs = form.mode === 'frozen' && !hasRegisteredClasses() && !(MARK in value) && isSimple(value);
  return goesAsItIs ? value : userToWire(value);
}

function isSimple(value: object): boolean {
  if (Array.isArray(value)) return value.every(isSimplePart);
  if (Object.getPrototypeOf(value) !== Object.prototype || !isPlainObject(value)) return false;
  for (const name in value) if (!isSimplePart(value[name])) return false;
  return true;
}

function isSimplePart(part: unknown): boolean {
  return typeof part !== 'object' || part === null || isSimple(part);
}

/** The value for the user: deeply frozen, as values of maps are. */
export function userFromWire(wire: unknown): unknown {
  const stored = storedFromWire(FROZEN, wire);
  return stored instanceof Unshared ? stored.value : stored;
}

const FROZEN = valueForm('frozen');

function encoded(wire: object): Encoded {
  const bytes: unknown = Array.isArray(wire) ? wire[0] : wire;
  if (!(bytes instanceof Uint8Array)) throw new ValueError(`${kindOf(bytes)} arrived where bytes were expected`);
  return new Encoded(bytes, bytes !== wire);
}

function tree(value: unknown): unknown {
  try {
    return marked(value);
  } catch (error) {
    throw error instanceof Refusal ? refused(error) : error;
  }
}

function content(wire: unknown, frozen: boolean, isMarked: boolean): unknown {
  try {
    return restored(wire, { frozen, marked: isMarked });
  } catch (error) {
    throw error instanceof Refusal ? refused(error) : error;
  }
}

function refused(refusal: Refusal): ValueError {
  return new ValueError(refusal.toString(), { cause: refusal.cause, details: { path: refusal.path } });
}
