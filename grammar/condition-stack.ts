/**
 * AND, OR, NOT and parentheses without recursion: a stack of what is open.
 *
 * Each frame is the inside of one parenthesis: the AND-terms since the last OR, the OR-terms before it, and how many NOTs wait for the next
 * operand. Chains become one n-ary node; a parenthesis keeps its own node. (Dijkstra's shunting yard, with n-ary operators.)
 */
import type { IToken } from 'chevrotain';
import type { Predicate } from './ast.ts';
import { and, not, or } from './nodes.ts';
import { Refusal } from './refusal.ts';

/** Parentheses inside each other, and NOTs before one operand. Far more than anybody writes; what reads the tree must know it ends. */
const DEPTH_MAX = 100_000;

interface Frame {
  alternatives: Predicate[];
  terms: Predicate[];
  negations: number;
}

export class ConditionStack {
  readonly #frames: Frame[] = [{ alternatives: [], terms: [], negations: 0 }];
  #wantsOperand = true;

  /** Whether a condition, NOT or `(` is due; else AND, OR or `)`. */
  get wantsOperand(): boolean {
    return this.#wantsOperand;
  }

  /** Whether a parenthesis is open. */
  get isOpen(): boolean {
    return this.#frames.length > 1;
  }

  get expected(): readonly string[] {
    if (this.#wantsOperand) return ['an attribute', 'a value', 'NOT', "'('"];
    return this.isOpen ? ['AND', 'OR', "')'"] : ['AND', 'OR', 'the end'];
  }

  open(word: IToken): void {
    if (this.#frames.length > DEPTH_MAX) throw new Refusal(word, `more than ${DEPTH_MAX} parentheses inside each other`);
    this.#frames.push({ alternatives: [], terms: [], negations: 0 });
  }

  negate(word: IToken): void {
    if (++this.#top.negations > DEPTH_MAX) throw new Refusal(word, `more than ${DEPTH_MAX} times NOT`);
  }

  operand(condition: Predicate): void {
    const frame = this.#top;
    let term = condition;
    for (; frame.negations > 0; frame.negations--) term = not(term);
    frame.terms.push(term);
    this.#wantsOperand = false;
  }

  and(): void {
    this.#wantsOperand = true;
  }

  or(): void {
    const frame = this.#top;
    frame.alternatives.push(joined(frame.terms, and));
    frame.terms = [];
    this.#wantsOperand = true;
  }

  close(): void {
    this.operand(whole(this.#frames.pop()!));
  }

  /** The predicate, if all that was opened is closed and nothing is due; else `undefined`. */
  finish(): Predicate | undefined {
    return this.#wantsOperand || this.isOpen ? undefined : whole(this.#top);
  }

  get #top(): Frame {
    return this.#frames.at(-1)!;
  }
}

function whole({ alternatives, terms }: Frame): Predicate {
  return joined([...alternatives, joined(terms, and)], or);
}

function joined(terms: readonly Predicate[], join: (terms: readonly Predicate[]) => Predicate): Predicate {
  return terms.length === 1 ? terms[0]! : join(terms);
}
