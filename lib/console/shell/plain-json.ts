/** Values as JSON on one line: what JSON has no form for is written as text, so that no row is lost. */

export function plainJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => plain(part)) ?? 'null';
}

function plain(part: unknown): unknown {
  if (typeof part === 'bigint') return part.toString();
  if (typeof part === 'number' && !Number.isFinite(part)) return String(part);
  if (part instanceof Map) return [...part];
  if (part instanceof Set) return [...part];
  if (ArrayBuffer.isView(part)) return [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)];
  return part;
}
