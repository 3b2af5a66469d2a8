/** The bind parameters of one text: `?` by place, `:name` by name, never both. */
import type { IToken } from 'chevrotain';
import type { Parameter } from './ast.ts';
import { parameter } from './nodes.ts';
import { Refusal } from './refusal.ts';

export class Parameters {
  readonly #named = new Map<string, Parameter>();
  #positional = 0;

  /** How many values are due. */
  get count(): number {
    return this.#positional + this.#named.size;
  }

  /** By index; empty when the parameters have no names. */
  get names(): readonly string[] {
    return [...this.#named.keys()];
  }

  /** The parameter a word stands for. A name met again is the same parameter. */
  take(word: IToken): Parameter {
    const isNamed = word.image !== '?';
    if (isNamed ? this.#positional > 0 : this.#named.size > 0)
      throw new Refusal(word, "'?' and ':name' can't be mixed", isNamed ? ['?'] : [':name']);
    if (!isNamed) return parameter(this.#positional++);
    const name = word.image.slice(1);
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const added = parameter(this.#named.size, name);
    this.#named.set(name, added);
    return added;
  }
}
