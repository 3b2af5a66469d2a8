/** A condition in words, for explanations: canonical SQL as far as there is any. */
import type { Bound } from './bound-condition.ts';
import type { Condition } from './condition.ts';

/** Terms shown of a long AND or OR. */
const TERMS_MAX = 20;

export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? 'TRUE' : 'FALSE';
    case 'attribute':
    case 'entry':
      return condition.text;
    default:
      return groupText(condition.kind, condition.terms);
  }
}

/** Conditions joined by AND. */
export function conjunctionText(bounds: readonly Bound[]): string {
  const conditions = bounds.map(conditionOf);
  return conditions.length === 1 ? conditionText(conditions[0]!) : groupText('all', conditions);
}

/** The conditions as one. */
export function conjunction(conditions: readonly Condition[]): Condition {
  const [first] = conditions;
  if (first === undefined) return { kind: 'constant', value: true };
  return conditions.length === 1 ? first : { kind: 'all', terms: conditions };
}

export function conditionOf(bound: Bound): Condition {
  return bound.kind === 'constant' ? { kind: 'constant', value: bound.value } : bound.condition;
}

function groupText(kind: 'all' | 'any', terms: readonly Condition[]): string {
  const shown = terms
    .slice(0, TERMS_MAX)
    .map((term) => (term.kind === 'any' && kind === 'all' ? `(${conditionText(term)})` : conditionText(term)));
  if (terms.length > TERMS_MAX) shown.push(`… ${terms.length - TERMS_MAX} more`);
  return shown.join(kind === 'all' ? ' AND ' : ' OR ');
}
