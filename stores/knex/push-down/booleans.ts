/** Columns of booleans: false is below true. */
import { holds } from '../../../grammar/comparison.ts';
import { truthIn } from '../../../grammar/text-values.ts';
import { FALSE, anyOf } from './fragments.ts';
import { ordered, type Constant, type Subject } from './subject.ts';

export function booleanSubject(column: string): Subject {
  return {
    isNull: `${column} IS NULL`,
    isNotNull: `${column} IS NOT NULL`,
    compare(operator, constant) {
      const truth = truthConstant(constant);
      if (truth === undefined) return FALSE;
      const isTrue = holds(operator, 1 - Number(truth));
      const isFalse = holds(operator, 0 - Number(truth));
      if (isTrue && isFalse) return `${column} IS NOT NULL`;
      return anyOf([...(isTrue ? [column] : []), ...(isFalse ? [`NOT ${column}`] : [])]);
    },
    like: () => FALSE,
    comparable: { kind: 'boolean', sql: column },
    order: (direction) => ({ terms: [ordered(column, direction)] }),
  };
}

export function truthConstant(constant: Constant): boolean | undefined {
  if (typeof constant === 'boolean') return constant;
  return typeof constant === 'string' ? truthIn(constant) : undefined;
}
