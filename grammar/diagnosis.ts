/** Says what is wrong where the parser got stuck: what it expected there, and which word was probably meant. */
import type { IToken } from 'chevrotain';
import { closest } from './closest.ts';
import { type Finding, either, shorten } from './problems.ts';
import type { Reader, Reading } from './reader.ts';
import { FOREIGN, type TokenName, isKeyword, isTokenName, labelOf } from './tokens.ts';

/** What is wrong with a reading that got stuck at the word `stuckAt`. */
export function diagnose(reader: Reader, { words, tree, testFrom }: Reading, stuckAt: number): Finding {
  if (words.length === 0) return { offset: 0, length: 0, message: 'the predicate is empty', expected: ['a condition'] };
  const begun = testFrom === undefined ? [] : words.slice(testFrom, stuckAt);
  const pattern = withoutRepetition(begun.map(kindOf));
  const mayClose = tree.depth > 0 || pattern.lastIndexOf('Open') > pattern.lastIndexOf('Close');
  const kinds = reader.expectedAfter(pattern).filter((kind) => kind !== 'Close' || mayClose);
  const expected = inWords(kinds);
  const word = words[stuckAt];
  if (word === undefined) {
    const { startOffset, image } = words.at(-1)!;
    return { offset: startOffset + image.length, length: 0, message: `expected ${either(expected)} at the end`, expected };
  }
  const kind = kindOf(word);
  if (kind === 'Unclosed') return { offset: word.startOffset, length: 1, message: 'the quote is never closed' };
  if (kind === 'Misnumber') return { ...placeOf(word), message: `'${shorten(word.image)}' is no number` };
  return (
    meant(word, FOREIGN.get(word.image) ?? nearest(word, kinds), expected) ??
    // A misspelt NOT passes for an attribute, so it is the word after it that seems out of place.
    (begun.length === 1 ? meant(begun[0]!, nearest(begun[0]!, ['Not']), ['a condition']) : undefined) ?? {
      ...placeOf(word),
      message: `expected ${either(expected)} before ${kind === 'Text' ? shorten(word.image) : `'${shorten(word.image)}'`}`,
      expected,
    }
  );
}

function kindOf({ tokenType: { name } }: IToken): TokenName {
  return isTokenName(name) ? name : 'Other';
}

function placeOf({ startOffset, image }: IToken): { offset: number; length: number } {
  return { offset: startOffset, length: image.length };
}

function meant(word: IToken, suggestion: string | undefined, expected: readonly string[]): Finding | undefined {
  if (suggestion === undefined) return undefined;
  return { ...placeOf(word), message: `unexpected '${shorten(word.image)}': did you mean ${suggestion}?`, expected, suggestion };
}

/** The keyword among `kinds` that a word may be a misspelling of. */
function nearest(word: IToken, kinds: readonly TokenName[]): string | undefined {
  return kindOf(word) === 'Path' ? closest(word.image, kinds.filter(isKeyword).map(labelOf)) : undefined;
}

/** Leaves out of `1, 2, 'c', 4` and the like what says nothing new about how it may go on. */
function withoutRepetition(kinds: readonly TokenName[]): TokenName[] {
  const short: TokenName[] = [];
  for (const kind of kinds) {
    short.push(kind);
    const [a, b, c, d] = short.slice(-4);
    if (d !== undefined && b === d && (a === c || b === 'Comma')) short.length -= 2;
  }
  return short;
}

/** Where a condition may begin, all of these may stand. */
const CONDITION: readonly TokenName[] = ['Not', 'Open', 'Path'];
const VALUES: ReadonlySet<TokenName> = new Set(['Typed', 'Number', 'Text', 'Null', 'True', 'False', 'Position', 'Name']);
/** Words that go without saying where a comparison is expected. */
const COMPARING: ReadonlySet<TokenName> = new Set(['Is', 'Not', 'Between', 'In', 'Like', 'Ilike', 'Regex']);

/** Kinds of words as people call them, those first that are no keywords. */
function inWords(kinds: readonly TokenName[]): string[] {
  if (CONDITION.every((kind) => kinds.includes(kind))) return ['a condition'];
  const isAnyValue = kinds.includes('Number');
  const isComparison = kinds.includes('Comparison');
  const told = kinds.filter((kind) => !(isComparison && COMPARING.has(kind)) && !(isAnyValue && VALUES.has(kind) && isKeyword(kind)));
  const nouns = told.filter((kind) => !isKeyword(kind)).map((kind) => (isAnyValue && VALUES.has(kind) ? 'a value' : labelOf(kind)));
  return [...new Set(nouns), ...told.filter(isKeyword).map(labelOf)];
}
