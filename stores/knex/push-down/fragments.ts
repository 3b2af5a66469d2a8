/** Pieces of a WHERE: SQL texts with numbered parameters, joined so that constants fold away. */

/** An SQL condition that stands on its own or in parentheses. Only whether it is true matters: NULL does for false. */
export type Fragment = string;

export const TRUE: Fragment = 'TRUE';
export const FALSE: Fragment = 'FALSE';

/** Thrown, and caught where a condition can be left out: the database is not asked this. The message is a reason, for people. */
export class NotPushed extends Error {}

/** PostgreSQL counts the parameters of a statement in 16 bits. */
const PARAMETERS_MAX = 30_000;

/** Values bound to one statement, in the order of their numbers. */
export class Bindings {
  readonly values: (string | readonly string[])[] = [];

  /** Binds a value; gives the text that stands for it. `type` is one of ours, or a column's, never a user's text. Errors: NotPushed. */
  bind(value: string | readonly string[], type: string): string {
    if (this.values.length === PARAMETERS_MAX) throw new NotPushed(`more than ${PARAMETERS_MAX} values`);
    return `$${this.values.push(value)}::${type}`;
  }

  /** Forgets what was bound since there were `count` values. */
  truncate(count: number): void {
    this.values.length = count;
  }
}

export function allOf(parts: readonly Fragment[]): Fragment {
  return joined(parts, 'AND', TRUE, FALSE);
}

export function anyOf(parts: readonly Fragment[]): Fragment {
  return joined(parts, 'OR', FALSE, TRUE);
}

function joined(parts: readonly Fragment[], word: string, neutral: Fragment, absorbing: Fragment): Fragment {
  const left = [...new Set(parts)].filter((part) => part !== neutral);
  if (left.includes(absorbing)) return absorbing;
  if (left.length < 2) return left[0] ?? neutral;
  return `(${left.join(` ${word} `)})`;
}

/** True where the condition is false or unknown. */
export function unless(part: Fragment): Fragment {
  if (part === TRUE) return FALSE;
  return part === FALSE ? TRUE : `(${part}) IS NOT TRUE`;
}
