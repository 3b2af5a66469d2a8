/** The border of the map for values: what goes in is copied and frozen, so that nobody can change what is kept, or see it change (M27). */
import { deserialize, serialize } from 'node:v8';
import { ValueError } from '../errors.ts';
import { VALUE_PARTS_MAX, frozenCopy, type Walk } from './frozen-copy.ts';
import { frozenInPlace } from './frozen-in-place.ts';
import { Refusal, kindOf } from './refusal.ts';
import { Encoded, Unshared } from './stored-value.ts';

/**
 * How a map keeps its values.
 * - `frozen` (default): copied on the way in and deeply frozen, handed out by reference. Reads cost nothing; a put about 0.6 us for ten fields.
 * - `trusted`: kept and handed out as they are. For those who promise never to change a value.
 * - `binary`: bytes, decoded for each read. Few objects for the garbage collector, but slow to read; conditions without a column decode too.
 */
export type ValueMode = 'frozen' | 'trusted' | 'binary';

/** What a mode does at the border. A *stored* value is whatever `takeIn` gave; only the same form can read it. */
export interface ValueForm {
  readonly mode: ValueMode;
  /** The form to keep. Throws ValueError, with the path of the offending part, and then nothing has happened. */
  takeIn(value: unknown): unknown;
  /**
   * As `takeIn`, for a value that was made for the map and that nobody else has: plain objects are frozen as they are instead of copied.
   * A third of the cost.
   */
  takeOver(value: unknown): unknown;
  /** What a user may have: the same reference each time when `isShared`, else a copy each time. */
  handOut(stored: unknown): unknown;
  /** What conditions, columns and indexes look at: never to be given to users, never changed. */
  peek(stored: unknown): unknown;
  /** Whether `handOut` and `peek` give `stored` itself: true for nearly all values of the frozen form. */
  isShared(stored: unknown): boolean;
}

/** The form of a mode. Forms have no state: all maps share them. */
export function valueForm(mode: ValueMode): ValueForm {
  return FORMS[mode];
}

/**
 * Supported: primitives, plain objects and arrays, Dates, Maps, Sets (all frozen, read by reference), binary data (ArrayBuffer, typed arrays,
 * DataView, Buffer: copied on each way in and out), instances of registered classes. `undefined` as a property value is kept. Everything else is
 * refused: functions, symbols, accessors, proxies, holes in arrays, promises, weak collections, regular expressions, errors, unregistered classes,
 * cycles. Limits: 200 levels, a million objects.
 */
const frozen: ValueForm = Object.freeze({
  mode: 'frozen',
  takeIn(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return primitiveValue(value);
    const walk: Walk = { partsLeft: VALUE_PARTS_MAX, unshared: false, classes: true };
    const copy = checkedCopy(value, walk);
    return walk.unshared ? new Unshared(copy) : copy;
  },
  takeOver: (value: unknown): unknown => (frozenInPlace(value) ? value : frozen.takeIn(value)),
  // The same walk again copies exactly what could be changed and shares the rest.
  handOut: (stored: unknown): unknown =>
    stored instanceof Unshared ? frozenCopy(stored.value, { partsLeft: VALUE_PARTS_MAX, unshared: false, classes: true }) : stored,
  peek: (stored: unknown): unknown => (stored instanceof Unshared ? stored.value : stored),
  isShared: (stored: unknown): boolean => !(stored instanceof Unshared),
});

const trusted: ValueForm = Object.freeze({
  mode: 'trusted',
  takeIn: keptAsItIs,
  takeOver: keptAsItIs,
  handOut: (stored: unknown): unknown => stored,
  peek: (stored: unknown): unknown => stored,
  isShared: (): boolean => true,
});

/** Primitives stay what they are; objects become bytes (V8's own format). Refuses what `frozen` refuses, and instances of classes. */
const binary: ValueForm = Object.freeze({
  mode: 'binary',
  takeIn(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return primitiveValue(value);
    const walk: Walk = { partsLeft: VALUE_PARTS_MAX, unshared: false, classes: false };
    const copy = checkedCopy(value, walk);
    return new Encoded(serialize(copy), walk.unshared);
  },
  takeOver: (value: unknown): unknown => binary.takeIn(value),
  handOut: decoded,
  peek: decoded,
  isShared: (stored: unknown): boolean => !(stored instanceof Encoded),
});

const FORMS: Readonly<Record<ValueMode, ValueForm>> = { frozen, trusted, binary };

function decoded(stored: unknown): unknown {
  if (!(stored instanceof Encoded)) return stored;
  return deserialize(stored.hasBuffers ? stored.bytes.slice() : stored.bytes);
}

/** Length of a stored value that is kept as bytes; `undefined` for all others. */
export function encodedBytes(stored: unknown): number | undefined {
  return stored instanceof Encoded ? stored.bytes.byteLength : undefined;
}

function keptAsItIs(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? value : primitiveValue(value);
}

/** A value that is no object, once it is clear that it is one that may be stored. */
function primitiveValue(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'function' || typeof value === 'symbol') {
    throw refused(new Refusal(`${kindOf(value)} can't be stored`));
  }
  return value;
}

function checkedCopy(value: unknown, walk: Walk): unknown {
  try {
    return frozenCopy(value, walk);
  } catch (error) {
    throw error instanceof Refusal ? refused(error) : error;
  }
}

function refused(refusal: Refusal): ValueError {
  return new ValueError(refusal.toString(), { cause: refusal.cause, details: { path: refusal.path } });
}
