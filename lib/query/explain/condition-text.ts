/** A condition in words, for explanations: canonical SQL as far as there is any. */
import type { Bound } from '../plan/bound-condition.ts';
import type { Condition } from '../conditions/condition.ts';

/** Terms shown of a long AND or OR. */
const TERMS_MAX = 20;
/** Levels shown of a deep one. */
const LEVELS_MAX = 8;

export function conditionText(condition: Condition, level: number = 0): string {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? 'TRUE' : 'FALSE';
    case 'attribute':
    case 'entry':
      return condition.text;
    default:
      return level === LEVELS_MAX ? '…' : groupText(condition.kind, condition.terms, level);
  }
}

/** Conditions joined by AND. */
export function conjunctionText(bounds: readonly Bound[]): string {
  const conditions = bounds.map(conditionOf);
  return conditions.length === 1 ? conditionText(conditions[0]!) : groupText('all', conditions, 0);
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

function groupText(kind: 'all' | 'any', terms: readonly Condition[], level: number): string {
  const shown = terms.slice(0, TERMS_MAX).map((term) => {
    const text = conditionText(term, level + 1);
    return kind === 'all' && term.kind === 'any' ? `(${text})` : text;
  });
  if (terms.length > TERMS_MAX) shown.push(`… ${terms.length - TERMS_MAX} more`);
  return shown.join(kind === 'all' ? ' AND ' : ' OR ');
}
