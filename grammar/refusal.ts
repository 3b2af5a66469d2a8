/** Thrown inside the parser for what the grammar allows and the language does not; never leaves `parse`. */
import type { IToken } from 'chevrotain';

export class Refusal extends Error {
  readonly at: IToken;
  readonly expected: readonly string[];
  /** Where the part that is wrong begins, if before `at`. */
  readonly from: IToken;

  constructor(at: IToken, message: string, expected: readonly string[] = [], from: IToken = at) {
    super(message);
    this.at = at;
    this.from = from;
    this.expected = expected;
  }
}
