/** Pieces of a WHERE: SQL texts with bound values, joined so that constants fold away. */

/** An SQL condition that stands on its own or in parentheses. Only whether it is true matters: NULL does for false. */
export type Fragment = string;

export const TRUE: Fragment = 'TRUE';
export const FALSE: Fragment = 'FALSE';

/** Thrown, and caught where a condition can be left out: the database is not asked this. The message is a reason, for people. */
export class NotPushed extends Error {}

/** PostgreSQL counts the parameters of a statement in 16 bits. */
const PARAMETERS_MAX = 30_000;

/** Around the number of a bound value until it is known which are used. No text of ours holds it. */
const MARK = '\u0001';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Values bound to the pieces of a statement. */
export class Bindings {
  readonly #values: (string | readonly string[])[] = [];

  /** Binds a value; gives the text that stands for it. `type` is one of ours, or a column's, never a user's text. Errors: NotPushed. */
  bind(value: string | readonly string[], type: string): Fragment {
    if (this.#values.length === PARAMETERS_MAX) throw new NotPushed(`more than ${PARAMETERS_MAX} values`);
    return `${MARK}${this.#values.push(value)}${MARK}::${type}`;
  }

  /** The statement with the values that are left in it: of one that is not used the server could not tell the type. */
  statement(text: string): Statement {
    const values: unknown[] = [];
    const numbers = new Map<string, string>();
    const numbered = text.replaceAll(MARKED, (_marked, place: string) => {
      let number = numbers.get(place);
      if (number === undefined) {
        number = `$${values.push(this.#values[Number(place) - 1])}`;
        numbers.set(place, number);
      }
      return number;
    });
    return { text: numbered, values };
  }
}

// oxlint-disable-next-line no-control-regex
const MARKED = /\u0001(\d+)\u0001/g;

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
