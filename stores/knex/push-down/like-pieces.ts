/** A LIKE pattern taken apart and put together again for PostgreSQL: whatever the escape character was, there it is the backslash. */

/** Literal text, any run of characters, any one character. */
export type LikePiece = { readonly text: string } | '%' | '_';
export type LikePieces = readonly LikePiece[];

/** As the map reads a pattern: `escape` makes the next character literal, and stands for itself at the end. `''`: no escape. */
export function likePieces(pattern: string, escape: string): LikePieces {
  const pieces: LikePiece[] = [];
  let literal = '';
  let escaped = false;
  const flush = (): void => {
    if (literal !== '') pieces.push({ text: literal });
    literal = '';
  };
  for (const character of pattern) {
    if (!escaped && character === escape) {
      escaped = true;
    } else if (!escaped && (character === '%' || character === '_')) {
      flush();
      pieces.push(character);
    } else {
      literal += character;
      escaped = false;
    }
  }
  if (escaped) literal += escape;
  flush();
  return pieces;
}

/** The pattern for `LIKE` without an ESCAPE clause. */
export function likePattern(pieces: LikePieces): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text.replaceAll(/[\\%_]/g, String.raw`\$&`))).join('');
}

/** The text that alone matches, if the pattern has neither `%` nor `_`. */
export function literalOf(pieces: LikePieces): string | undefined {
  if (pieces.length === 0) return '';
  const [piece] = pieces;
  return pieces.length === 1 && typeof piece === 'object' ? piece.text : undefined;
}

export function mapTexts(pieces: LikePieces, change: (text: string) => string): LikePieces {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : { text: change(piece.text) }));
}
