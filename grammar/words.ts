/** What the words of a text mean: numbers, quoted texts, names, elements of lists. */
import type { IToken } from 'chevrotain';
import type { PathStep } from './ast.ts';
import { Refusal } from './refusal.ts';

const ELEMENT_MAX = 4_294_967_294;

/** An integer that a double can't hold exactly is a bigint; everything else is the nearest double. */
export function numberOf(image: string): number | bigint {
  const value = Number(image);
  if (Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(image)) return Object.is(value, -0) ? 0 : value;
  return BigInt(image.startsWith('+') ? image.slice(1) : image);
}

/** Without its quotes; a doubled one stands for itself. */
export function textOf(image: string): string {
  const quote = image[0]!;
  const inner = image.slice(1, -1);
  return inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner;
}

export function nameOf(image: string): string {
  return image.startsWith('`') ? textOf(image) : image;
}

/** What stands between brackets: `0`, `1`, … or `any`. */
export function elementOf(word: IToken): PathStep {
  if (/^any$/i.test(word.image)) return { kind: 'any' };
  const index = Number(word.image);
  if (!/^\d+$/.test(word.image) || index > ELEMENT_MAX)
    throw new Refusal(word, "between brackets stands a position from 0 on, or 'any'", ['0', 'any']);
  return { kind: 'element', index };
}
