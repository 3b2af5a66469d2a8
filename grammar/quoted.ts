/** Quoted parts of a predicate: 'text', "text" and `name`. A doubled quote inside stands for itself, a backslash for a backslash. */

/** Where the quoted part that begins at `start` ends: the offset after its closing quote; -1 when it is never closed. */
export function quotedEnd(text: string, start: number): number {
  const quote = text[start]!;
  let at = start + 1;
  for (;;) {
    const close = text.indexOf(quote, at);
    if (close < 0) return -1;
    if (text[close + 1] !== quote) return close + 1;
    at = close + 2;
  }
}

/** What stands between the quotes. */
export function unquote(quoted: string): string {
  const quote = quoted.charAt(0);
  const inner = quoted.slice(1, -1);
  return inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner;
}

export function enquote(text: string, quote: "'" | '`'): string {
  return quote + (text.includes(quote) ? text.replaceAll(quote, quote + quote) : text) + quote;
}
