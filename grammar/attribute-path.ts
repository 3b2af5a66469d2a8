/**
 * Attribute paths: how they are read, and how they are spelt.
 *
 *     path := ( name | `quoted name` | this | __key ) ( . name | . `quoted name` | [n] | [any] )*
 *
 * A path is one word: no white space in it but between backticks. A name is what JavaScript calls an identifier, so any letter of any script may be
 * in it. `this` is the entry's value and `__key` its key; quoted they are names like any other.
 */
import type { Attribute, PathStep } from './ast.ts';
import { isReserved } from './keywords.ts';
import { type Problem, problemAt } from './problems.ts';
import { enquote, quotedEnd, unquote } from './quoted.ts';

/** What most paths are; a first try that needs no look at Unicode's tables. */
const USUAL_PATH = /[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*/y;
const NAME = /[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*/uy;
const WHOLE_NAME = /^[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*$/u;
const BRACKETS = /\[(?:\d+|any)\]/iy;

/** Highest index that an element of a JavaScript list can have. */
export const ELEMENT_MAX: number = 2 ** 32 - 2;

const ANY: PathStep = Object.freeze({ kind: 'any' });

export type AttributeResult = { readonly ok: true; readonly attribute: Attribute } | { readonly ok: false; readonly problem: Problem };

/** Reads a path that is a text of its own, such as the argument of `orderBy`. Never throws. */
export function parseAttribute(text: string): AttributeResult {
  const end = text.isWellFormed() ? pathEnd(text, 0) : 0;
  const refuse = (offset: number, length: number, message: string): AttributeResult =>
    Object.freeze({ ok: false, problem: problemAt(text, { offset, length, message, expected: ['an attribute'] }) });
  if (end === 0) return refuse(0, text.length, text === '' ? 'the attribute path is empty' : 'an attribute path begins with a name');
  if (end < text.length) return refuse(end, text.length - end, 'the attribute path should end here');
  if (isReserved(text)) return refuse(0, end, `'${text}' is a word of the language: as a name it needs backticks`);
  const attribute = attributeOf(text);
  const odd = beyondLists(attribute);
  return odd === undefined ? Object.freeze({ ok: true, attribute }) : refuse(0, end, odd);
}

/** Where the path that begins at `start` ends; `start` itself when there is none. */
export function pathEnd(text: string, start: number): number {
  let end = endOf(USUAL_PATH, text, start);
  if (end < 0 || goesOn(text, end)) {
    end = nameEnd(text, start);
    if (end < 0) return start;
    for (let next = stepEnd(text, end); next > 0; next = stepEnd(text, end)) end = next;
  }
  return end;
}

/** Whether the usual path up to `end` may have an unusual continuation. */
function goesOn(text: string, end: number): boolean {
  const next = text.charCodeAt(end);
  return next === 0x5b || next === 0x2e || next > 0x7f;
}

function stepEnd(text: string, start: number): number {
  return text[start] === '.' ? nameEnd(text, start + 1) : endOf(BRACKETS, text, start);
}

function nameEnd(text: string, start: number): number {
  return text[start] === '`' ? quotedEnd(text, start) : endOf(NAME, text, start);
}

function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** The attribute that a whole path means. */
export function attributeOf(path: string): Attribute {
  const steps: PathStep[] = [];
  let start = nameEnd(path, 0);
  const first = path.slice(0, start);
  if (first !== 'this' && first !== '__key') steps.push(nameStep(first));
  for (let end = stepEnd(path, start); end > 0; end = stepEnd(path, start)) {
    if (path[start] === '.') steps.push(nameStep(path.slice(start + 1, end)));
    else steps.push(bracketStep(path.slice(start + 1, end - 1)));
    start = end;
  }
  return createAttribute(first === '__key' ? 'key' : 'value', steps);
}

function nameStep(written: string): PathStep {
  return Object.freeze({ kind: 'name', name: written.startsWith('`') ? unquote(written) : written });
}

function bracketStep(written: string): PathStep {
  return written.charCodeAt(0) > 0x39 ? ANY : Object.freeze({ kind: 'element', index: Number(written) });
}

/** What is wrong with an attribute whose index no list can have. */
export function beyondLists({ steps }: Attribute): string | undefined {
  for (const step of steps) if (step.kind === 'element' && step.index > ELEMENT_MAX) return `a list has no element ${step.index}`;
  return undefined;
}

/** An attribute in its canonical spelling. `steps` is frozen, not copied. */
export function createAttribute(root: 'value' | 'key', steps: readonly PathStep[]): Attribute {
  return Object.freeze({ kind: 'attribute', root, steps: Object.freeze(steps), text: spell(root, steps) });
}

function spell(root: 'value' | 'key', steps: readonly PathStep[]): string {
  const [first] = steps;
  let text = root === 'key' ? '__key' : first?.kind === 'name' ? '' : 'this';
  for (const step of steps) {
    if (step.kind === 'any') text += '[any]';
    else if (step.kind === 'element') text += `[${step.index}]`;
    else if (text !== '') text += `.${spellName(step.name)}`;
    else text = step.name === 'this' || step.name === '__key' ? enquote(step.name, '`') : spellName(step.name);
  }
  return text;
}

function spellName(name: string): string {
  return WHOLE_NAME.test(name) && !isReserved(name) ? name : enquote(name, '`');
}
