/** What is written after a command: keys and values as JSON where they are JSON, as texts where not. */

/** The first word, or quoted text, or bracketed value, and what comes after it. */
export function firstArgument(text: string): readonly [string, string] {
  const trimmed = text.trim();
  const end = endOfFirst(trimmed);
  return [trimmed.slice(0, end), trimmed.slice(end).trim()];
}

/** `5`, `true`, `"a b"`, `{"a": 1}`; everything else is a text. */
export function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** All of them. */
export function allArguments(text: string): string[] {
  const found: string[] = [];
  for (let rest = text.trim(); rest !== '';) {
    const [first, after] = firstArgument(rest);
    found.push(first);
    rest = after;
  }
  return found;
}

function endOfFirst(text: string): number {
  let depth = 0;
  let isQuoted = false;
  for (let position = 0; position < text.length; position++) {
    const character = text[position]!;
    if (isQuoted) {
      if (character === '\\') position++;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (depth <= 0 && /\s/.test(character)) return position;
  }
  return text.length;
}
