/** A condition on one attribute as `normalise` makes it: its set, and the leaves it was merged from, from which its text is written when asked for. */
import { NEGATED } from '../../../grammar/comparison.ts';
import type { Attribute, Predicate } from '../../../grammar/ast.ts';
import { print } from '../../../grammar/print.ts';
import { family, type Family } from '../../data/compare.ts';
import { bindLeaf, negatedLeaf } from '../sets/bind.ts';
import type { AttributeCondition } from './condition.ts';
import { type AttributeLeaf, comparedFamilies } from '../sets/leaf-sets.ts';
import type { FamilySet } from '../sets/value-sets.ts';

/** One leaf with the parameters it was bound to. */
export interface LeafSource {
  readonly leaf: AttributeLeaf;
  readonly negated: boolean;
  readonly parameters: readonly unknown[];
}
/** Conditions on the same attribute that became one. */
export interface MergedSource {
  readonly word: 'AND' | 'OR';
  readonly parts: readonly Source[];
}
export type Source = LeafSource | MergedSource;

export class AttributeTerm implements AttributeCondition {
  readonly kind = 'attribute';
  readonly attribute: Attribute;
  readonly set: FamilySet;
  readonly source: Source;
  #text: string | undefined;
  #mismatched: ((value: unknown) => boolean) | undefined;

  constructor(attribute: Attribute, set: FamilySet, source: Source) {
    this.attribute = attribute;
    this.set = set;
    this.source = source;
  }

  get text(): string {
    return (this.#text ??= textOf(this.source));
  }

  get mismatched(): (value: unknown) => boolean {
    return (this.#mismatched ??= mismatchOf(this.source));
  }
}

/** The leaf with its values, NOT worked into it where SQL has a form for that. */
function boundPredicate({ leaf, negated, parameters }: LeafSource): Predicate {
  const bound = bindLeaf(leaf, parameters);
  if (!negated) return bound;
  if (bound.kind === 'comparison') return { ...bound, operator: NEGATED[bound.operator] };
  return negatedLeaf(bound);
}

/** Written with a stack of its own, so that no depth of merging is too much. A part that says the same as one before is left out. */
function textOf(source: Source): string {
  const written: string[] = [];
  const rest: (Source | string)[] = [source];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === 'string') written.push(next);
    else if ('leaf' in next) written.push(print(boundPredicate(next)));
    else rest.push(...spelled(next).toReversed());
  }
  return written.join('');
}

function spelled({ word, parts }: MergedSource): (Source | string)[] {
  const spelling: (Source | string)[] = [];
  const seen = new Set<string>();
  for (const part of parts) {
    const text = 'leaf' in part ? print(boundPredicate(part)) : undefined;
    if (text !== undefined && seen.has(text)) continue;
    if (spelling.length > 0) spelling.push(` ${word} `);
    spelling.push(...(text === undefined ? ['(', part, ')'] : [text]));
    if (text !== undefined) seen.add(text);
  }
  return spelling;
}

function mismatchOf(source: Source): (value: unknown) => boolean {
  const compared: ReadonlySet<Family>[] = [];
  const rest: Source[] = [source];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if ('leaf' in next) compared.push(comparedFamilies(next.leaf, next.parameters));
    else rest.push(...next.parts);
  }
  const common = compared.reduce((all, families) => all.intersection(families));
  return (value) => !common.has(family(value));
}
