/** Names of tables and columns: how they are written in SQL, and which one was meant. */

/**
 * A name as PostgreSQL reads it back unchanged, whatever it holds: quotes, dots, capitals, spaces.
 * (knex's own `??` takes `a.b`, `x as y` and `*` apart.)
 */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `; did you mean "…"?` when a candidate is at most two edits away, else nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  let best: string | undefined;
  let fewest = EDITS_MAX + 1;
  for (const candidate of candidates) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best === undefined ? '' : `; did you mean ${quoteName(best)}?`;
}

const EDITS_MAX = 2;

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > EDITS_MAX) return EDITS_MAX + 1;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[b.length]!;
}
