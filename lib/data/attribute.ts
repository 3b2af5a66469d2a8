/** From an attribute path to a function that reads it: own data only, a missing step is undefined, nothing ever throws. */
import type { Attribute, PathStep } from '../../grammar/ast.ts';

/** Reads one attribute of an entry. */
export type AttributeReader = (key: unknown, value: unknown) => unknown;

/** Names that are no attributes even where an object has a property so called. */
const NEVER: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

/**
 * Compiles a path. The reader gives what is there, `undefined` when a step is missing, inherited, a function, or asked of something that is no
 * object. For a path with `[any]` it gives the list that `elementsReader` gives. Cost of a call: 5-20 ns for one or two names.
 */
export function attributeReader(attribute: Attribute): AttributeReader {
  if (hasAny(attribute)) return elementsReader(attribute);
  const { root, steps } = attribute;
  const [first, second] = steps;
  if (root === 'value' && steps.length === 1 && first?.kind === 'name') return oneName(first.name);
  if (root === 'value' && steps.length === 2 && first?.kind === 'name' && second?.kind === 'name') return twoNames(first.name, second.name);
  return (key, value) => walk(root === 'key' ? key : value, steps, 0);
}

/** Whether the path has an `[any]` step, so that it means several values of one entry. */
export function hasAny(attribute: Attribute): boolean {
  return attribute.steps.some((step) => step.kind === 'any');
}

/**
 * Compiles a path with `[any]`: the reader gives the values that the path leads to, one for each element of each list. What is no list, or missing,
 * counts as a list of one null; an empty list has no elements.
 */
export function elementsReader(attribute: Attribute): (key: unknown, value: unknown) => readonly unknown[] {
  const { root, steps } = attribute;
  return (key, value) => {
    const elements: unknown[] = [];
    gather(root === 'key' ? key : value, steps, 0, elements);
    return elements;
  };
}

function oneName(name: string): AttributeReader {
  const property = propertyReader(name);
  if (property !== readPlain) return (_key, value) => property(value, name);
  // The same once more in line: this is what nearly every condition on an entry does.
  return (_key, value) => (isRecord(value) && isOrdinary(value) ? unlessFunction(value[name]) : readOwn(value, name));
}

function twoNames(first: string, second: string): AttributeReader {
  const outer = propertyReader(first);
  const inner = propertyReader(second);
  return (_key, value) => inner(outer(value, first), second);
}

function gather(value: unknown, steps: readonly PathStep[], from: number, elements: unknown[]): void {
  const any = steps.findIndex((step, at) => at >= from && step.kind === 'any');
  if (any < 0) {
    elements.push(walk(value, steps, from));
    return;
  }
  const list = walk(value, steps, from, any);
  if (!Array.isArray(list)) gather(undefined, steps, any + 1, elements);
  else for (const element of list) gather(element, steps, any + 1, elements);
}

/** Follows the steps from `from` up to `to`, none of them `[any]`. */
function walk(start: unknown, steps: readonly PathStep[], from: number, to: number = steps.length): unknown {
  let value = start;
  for (let i = from; i < to; i++) {
    const step = steps[i]!;
    if (step.kind === 'name') value = propertyReader(step.name)(value, step.name);
    else if (step.kind === 'element') value = Array.isArray(value) ? value[step.index] : undefined;
  }
  return unlessFunction(value);
}

type PropertyReader = (value: unknown, name: string) => unknown;

function propertyReader(name: string): PropertyReader {
  if (NEVER.has(name)) return readNothing;
  return name in Object.prototype ? readOwn : readPlain;
}

function readNothing(): undefined {
  return undefined;
}

/** For a name that Object.prototype has not: of an ordinary object, whatever is there is its own, and no look-up of the owner is needed. */
function readPlain(value: unknown, name: string): unknown {
  return isRecord(value) && isOrdinary(value) ? unlessFunction(value[name]) : readOwn(value, name);
}

function readOwn(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? unlessFunction(value[name]) : undefined;
}

function unlessFunction(value: unknown): unknown {
  return typeof value === 'function' ? undefined : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Inherits from Object.prototype and nothing else. Half as dear as Object.getPrototypeOf, and an own `__proto__` can only make it false. */
function isOrdinary(value: { readonly ['__proto__']?: unknown }): boolean {
  // oxlint-disable-next-line no-proto
  return value['__proto__'] === Object.prototype;
}
