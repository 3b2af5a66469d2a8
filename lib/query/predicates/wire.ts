/**
 * Conditions as they travel between members: one text, by which the receiver knows a condition it had before.
 *
 * It is the condition's leaves, bound to their parameters, in postfix order: a leaf stands for itself, `"not"` negates what stands before it,
 * `["and", n]` and `["or", n]` join the last n. So nothing nests, however deep the predicate was, and what arrives is normalised as it was first.
 */
import type { Attribute, Comparison, Operand, Predicate, Scalar, Value } from '../../../grammar/ast.ts';
import { and, not, or } from '../../../grammar/nodes.ts';
import { classNamed, registeredClass } from '../../data/registered-classes.ts';
import { ConfigError } from '../../errors.ts';
import { AttributeTerm, type Source } from '../conditions/attribute-term.ts';
import type { Condition } from '../conditions/condition.ts';
import { EntryTerm } from '../conditions/entry-term.ts';
import { normalise } from '../conditions/normalise.ts';
import { type Leaf, bindLeaf } from '../sets/bind.ts';
import { attributeOf } from './parsed.ts';
import { RecentlyUsed } from './recently-used.ts';

/** Most conditions remembered that came from others. */
const CONDITIONS_MAX = 1000;
/** Longer texts, such as lists of thousands, are not worth remembering. */
const REMEMBERED_LENGTH_MAX = 10_000;

const sent = new WeakMap<Condition, string>();
const received = new RecentlyUsed<string, Condition>(CONDITIONS_MAX);

/** Of a condition made by `normalise`. Errors: ERR_CONFIG for `instanceOf` a class that is not registered. Made once for each condition. */
export function conditionToWire(condition: Condition): string {
  const known = sent.get(condition);
  if (known !== undefined) return known;
  const text = JSON.stringify(postfix(condition));
  sent.set(condition, text);
  return text;
}

/** A predicate without parameters, as it was written. Errors: as `conditionToWire`. */
export function predicateToWire(predicate: Predicate): string {
  const items: Item[] = [];
  const rest: Predicate[] = [predicate];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (next.kind === 'and' || next.kind === 'or') {
      items.push([next.kind, next.terms.length]);
      for (const term of next.terms) rest.push(term);
    } else if (next.kind === 'not') {
      items.push('not');
      rest.push(next.term);
    } else items.push(leafItem(next));
  }
  return JSON.stringify(items.toReversed());
}

export function predicateFromWire(text: string): Predicate {
  return predicateOf(JSON.parse(text) as readonly Item[]);
}

/** The very same object again for a text seen before, so that a member's plan for it is found again. */
export function conditionFromWire(text: string): Condition {
  const known = received.get(text);
  if (known !== undefined) return known;
  const condition = normalise(predicateFromWire(text));
  return text.length > REMEMBERED_LENGTH_MAX ? condition : received.set(text, condition);
}

/** A scalar in JSON: what JSON has, itself; all else in an array with its type. */
type ScalarItem = string | number | boolean | null | readonly ['number' | 'bigint', string] | readonly ['date', number | null];
type OperandItem = readonly ['attribute', string] | readonly ['value', ScalarItem];
type LeafItem =
  | readonly ['comparison', Comparison['operator'], OperandItem, OperandItem]
  | readonly ['between', string, ScalarItem, ScalarItem, boolean]
  | readonly ['in', string, readonly ScalarItem[], boolean]
  | readonly ['like', string, ScalarItem, string, boolean, boolean]
  | readonly ['regex', string, ScalarItem, boolean]
  | readonly ['is-null', string, boolean]
  | readonly ['is-distinct', string, ScalarItem, boolean]
  | readonly ['is-truth', string, boolean, boolean]
  | readonly ['truth', string]
  | readonly ['constant', boolean]
  | readonly ['type', string]
  | readonly ['class', string];
type Join = readonly ['and' | 'or', number];
type Item = LeafItem | 'not' | Join;

function postfix(condition: Condition): readonly Item[] {
  // Prefix order, last term first, reversed.
  const items: Item[] = [];
  const rest: (Condition | Source)[] = [condition];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if ('word' in next) {
      items.push([next.word === 'AND' ? 'and' : 'or', next.parts.length]);
      for (const part of next.parts) rest.push(part);
    } else if ('leaf' in next) pushLeaf(items, next.leaf, next.negated, next.parameters);
    else if (next.kind === 'all' || next.kind === 'any') {
      items.push([next.kind === 'all' ? 'and' : 'or', next.terms.length]);
      for (const term of next.terms) rest.push(term);
    } else if (next.kind === 'constant') items.push(['constant', next.value]);
    else if (next instanceof AttributeTerm) rest.push(next.source);
    else if (next instanceof EntryTerm) pushLeaf(items, next.leaf, next.negated, next.parameters);
    else throw new TypeError('only conditions made by normalise can travel');
  }
  return items.toReversed();
}

function pushLeaf(items: Item[], leaf: Leaf, negated: boolean, parameters: readonly unknown[]): void {
  if (negated) items.push('not');
  items.push(leafItem(bindLeaf(leaf, parameters)));
}

function leafItem(leaf: Leaf): LeafItem {
  switch (leaf.kind) {
    case 'comparison':
      return ['comparison', leaf.operator, operandItem(leaf.left), operandItem(leaf.right)];
    case 'between':
      return ['between', leaf.attribute.text, valueItem(leaf.low), valueItem(leaf.high), leaf.negated];
    case 'in':
      return ['in', leaf.attribute.text, leaf.values.map(valueItem), leaf.negated];
    case 'like':
      return ['like', leaf.attribute.text, valueItem(leaf.pattern), leaf.escape, leaf.insensitive, leaf.negated];
    case 'regex':
      return ['regex', leaf.attribute.text, valueItem(leaf.pattern), leaf.negated];
    case 'is-null':
      return ['is-null', leaf.attribute.text, leaf.negated];
    case 'is-distinct':
      return ['is-distinct', leaf.attribute.text, valueItem(leaf.value), leaf.negated];
    case 'is-truth':
      return ['is-truth', leaf.attribute.text, leaf.value, leaf.negated];
    case 'truth':
      return ['truth', leaf.attribute.text];
    case 'constant':
      return ['constant', leaf.value];
    case 'instance-of':
      return typeof leaf.type === 'string' ? ['type', leaf.type] : ['class', nameOf(leaf.type)];
  }
}

function operandItem(operand: Operand): OperandItem {
  return operand.kind === 'attribute' ? ['attribute', operand.text] : ['value', valueItem(operand)];
}

function valueItem(value: Value): ScalarItem {
  if (value.kind === 'parameter') throw new TypeError('a leaf that travels has no parameters');
  return scalarItem(value.value);
}

function scalarItem(scalar: Scalar): ScalarItem {
  if (typeof scalar === 'bigint') return ['bigint', String(scalar)];
  if (scalar instanceof Date) return ['date', scalar.getTime()]; // an invalid one's NaN is null in JSON
  return typeof scalar === 'number' && !Number.isFinite(scalar) ? ['number', String(scalar)] : scalar;
}

/** Built-in classes whose instances maps keep. */
const BUILT_IN: ReadonlyMap<string, abstract new (...args: never) => unknown> = new Map(
  [Object, Array, Date, Map, Set, ArrayBuffer, DataView, Uint8Array].map((type) => [type.name, type]),
);

function nameOf(type: abstract new (...args: never) => unknown): string {
  if (BUILT_IN.get(type.name) === type) return type.name;
  const name = registeredClass(type.prototype as object)?.name;
  if (name !== undefined) return name;
  throw new ConfigError(`instanceOf(${type.name}): other members know the class only when it is registered there, by registerClass`);
}

function predicateOf(items: readonly Item[]): Predicate {
  const stack: Predicate[] = [];
  for (const item of items) {
    if (item === 'not') stack.push(not(stack.pop()!));
    else if (isJoin(item)) stack.push((item[0] === 'and' ? and : or)(stack.splice(stack.length - item[1])));
    else stack.push(leafOf(item));
  }
  return stack.pop()!;
}

function isJoin(item: Exclude<Item, 'not'>): item is Join {
  return item[0] === 'and' || item[0] === 'or';
}

function leafOf(item: LeafItem): Leaf {
  switch (item[0]) {
    case 'comparison':
      return { kind: 'comparison', operator: item[1], left: operandOf(item[2]), right: operandOf(item[3]) };
    case 'between':
      return { kind: 'between', attribute: attributeOf(item[1]), low: valueOf(item[2]), high: valueOf(item[3]), negated: item[4] };
    case 'in':
      return { kind: 'in', attribute: attributeOf(item[1]), values: item[2].map(valueOf), negated: item[3] };
    case 'like':
      return {
        kind: 'like',
        attribute: attributeOf(item[1]),
        pattern: valueOf(item[2]),
        escape: item[3],
        insensitive: item[4],
        negated: item[5],
      };
    case 'regex':
      return { kind: 'regex', attribute: attributeOf(item[1]), pattern: valueOf(item[2]), negated: item[3] };
    case 'is-null':
      return { kind: 'is-null', attribute: attributeOf(item[1]), negated: item[2] };
    case 'is-distinct':
      return { kind: 'is-distinct', attribute: attributeOf(item[1]), value: valueOf(item[2]), negated: item[3] };
    case 'is-truth':
      return { kind: 'is-truth', attribute: attributeOf(item[1]), value: item[2], negated: item[3] };
    case 'truth':
      return { kind: 'truth', attribute: attributeOf(item[1]) };
    case 'constant':
      return { kind: 'constant', value: item[1] };
    case 'type':
      return { kind: 'instance-of', type: item[1] as 'string' };
    case 'class':
      return { kind: 'instance-of', type: classOf(item[1]) };
  }
}

function operandOf(item: OperandItem): Attribute | Value {
  return item[0] === 'attribute' ? attributeOf(item[1]) : valueOf(item[1]);
}

function valueOf(item: ScalarItem): Value {
  return { kind: 'literal', value: scalarOf(item) };
}

function scalarOf(item: ScalarItem): Scalar {
  if (typeof item !== 'object' || item === null) return item;
  switch (item[0]) {
    case 'number':
      return Number(item[1]);
    case 'bigint':
      return BigInt(item[1]);
    case 'date':
      return new Date(item[1] ?? NaN);
  }
}

function classOf(name: string): abstract new (...args: never) => unknown {
  const type = BUILT_IN.get(name) ?? (classNamed(name)?.prototype.constructor as (abstract new (...args: never) => unknown) | undefined);
  if (type !== undefined) return type;
  throw new ConfigError(`instanceOf(${name}): no class is registered here under this name`);
}
