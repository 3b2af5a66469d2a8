/**
 * Errors as they travel between members. Those of the library keep class, code, message and details; others keep their name, message and own
 * properties (the `code` of a database's error, for one), and are of their class where that is one of JavaScript's own. Causes go along, stacks too:
 * they tell where it happened, on the other member.
 */
import { types } from 'node:util';
import * as library from '../errors.ts';
import { userFromWire, userToWire } from '../data/codec.ts';

interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an error of the library. */
  readonly code?: library.ErrorCode;
  readonly properties: Readonly<Record<string, unknown>>;
  /** In an array of one: a cause may be `undefined` too. */
  readonly cause?: readonly [WireThrown];
  /** Of an AggregateError. */
  readonly errors?: readonly WireThrown[];
}

/** What was thrown: an error, or anything else. */
type WireThrown = { readonly error: WireError } | { readonly value: unknown };

/** Causes of causes that go along. */
const DEPTH_MAX = 8;

/** What was thrown, as plain data. Never throws: what can't travel is left out, or told as text. */
export function errorToWire(thrown: unknown): unknown {
  return thrownToWire(thrown, 0);
}

/** What `errorToWire` was given, as far as it came along. */
export function errorFromWire(wire: unknown): unknown {
  return thrownFromWire(wire as WireThrown);
}

function thrownToWire(thrown: unknown, depth: number): WireThrown {
  if (!isError(thrown)) return { value: valueToWire(thrown) };
  const deeper = depth < DEPTH_MAX;
  const hasCause = deeper && 'cause' in thrown && thrown.cause !== undefined;
  return {
    error: {
      name: textOr(thrown.name, 'Error'),
      message: textOr(thrown.message, ''),
      stack: typeof thrown.stack === 'string' ? thrown.stack : undefined,
      ...(thrown instanceof library.CobnutError && { code: thrown.code }),
      properties: thrown instanceof library.CobnutError ? propertiesToWire(thrown.details, NONE_APART) : propertiesToWire(thrown, APART),
      ...(hasCause && { cause: [thrownToWire(thrown.cause, depth + 1)] as const }),
      ...(deeper && thrown instanceof AggregateError && { errors: thrown.errors.map((error: unknown) => thrownToWire(error, depth + 1)) }),
    },
  };
}

/** What users' classes have there may be anything. */
function textOr(text: unknown, otherwise: string): string {
  return typeof text === 'string' ? text : otherwise;
}

function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown) || thrown instanceof Error;
}

/** Those that are set anew, or go by themselves. */
const APART: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);
/** Details may have any names. */
const NONE_APART: ReadonlySet<string> = new Set();

function propertiesToWire(object: object, apart: ReadonlySet<string>): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const [name, { value, enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(object)))
    if (enumerable === true && !apart.has(name) && typeof value !== 'function') properties[name] = valueToWire(value);
  return properties;
}

function valueToWire(value: unknown): unknown {
  try {
    return userToWire(value);
  } catch {
    return isError(value) ? `${value.name}: ${value.message}` : Object.prototype.toString.call(value);
  }
}

function valueFromWire(wire: unknown): unknown {
  try {
    return userFromWire(wire);
  } catch {
    return undefined; // a class that is not registered here
  }
}

function thrownFromWire(wire: WireThrown): unknown {
  if (!('error' in wire)) return valueFromWire(wire.value);
  const { name, message, stack, code, properties, cause, errors } = wire.error;
  const own = Object.fromEntries(Object.entries(properties).map(([property, value]) => [property, valueFromWire(value)]));
  const rest = cause === undefined ? {} : { cause: thrownFromWire(cause[0]) };
  const error =
    code === undefined
      ? Object.assign(foreign(name, message, rest, errors), own)
      : libraryError(name, code, message, { ...rest, details: own });
  // Where it was made here tells nobody anything.
  Object.defineProperty(error, 'stack', { value: stack ?? `${name}: ${message}`, writable: true, configurable: true });
  return error;
}

/** Class of each error of the library by its name. */
const LIBRARY = new Map(Object.entries(library));

function libraryError(name: string, code: library.ErrorCode, message: string, rest: library.ErrorDetails): Error {
  const type = LIBRARY.get(name);
  return type === undefined || type === library.CobnutError
    ? new library.CobnutError(code, message, rest)
    : new (type as typeof library.ConfigError)(message, rest);
}

const BUILT_IN = new Map([EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]));

function foreign(name: string, message: string, rest: ErrorOptions, errors: readonly WireThrown[] | undefined): Error {
  if (errors !== undefined) return new AggregateError(errors.map(thrownFromWire), message, rest);
  const type = BUILT_IN.get(name) ?? Error;
  const error = new type(message, rest);
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  return error;
}
