/** Words of the language, which no unquoted name can be. */
import type { ReservedWord } from './paths.ts';

/** As a record, so that the compiler holds it against the same list at type level. */
const RESERVED: Readonly<Record<ReservedWord, true>> = {
  AND: true,
  OR: true,
  NOT: true,
  BETWEEN: true,
  IN: true,
  LIKE: true,
  ILIKE: true,
  REGEX: true,
  ESCAPE: true,
  IS: true,
  NULL: true,
  TRUE: true,
  FALSE: true,
  DISTINCT: true,
  FROM: true,
};

/** Whether `name` is a word of the language, in any case. */
export function isReserved(name: string): boolean {
  return Object.hasOwn(RESERVED, name.toUpperCase());
}
