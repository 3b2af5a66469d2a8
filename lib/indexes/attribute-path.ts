/** STAND-IN until grammar has parseAttribute. */
import type { Attribute, PathStep } from '../../grammar/ast.ts';

export function parseAttribute(text: string): Attribute | undefined {
  const steps: PathStep[] = [];
  const token = /\s*(?:\.?\s*([A-Za-z_$][\w$]*|`[^`]+`)|\[\s*(\d+|any)\s*\])\s*/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return undefined;
    if (match[1] !== undefined) steps.push({ kind: 'name', name: match[1].replaceAll('`', '') });
    else steps.push(match[2] === 'any' ? { kind: 'any' } : { kind: 'element', index: Number(match[2]) });
  }
  const first = steps[0];
  if (first?.kind !== 'name') return undefined;
  const root = first.name === '__key' ? 'key' : 'value';
  return { kind: 'attribute', root, steps: first.name === '__key' || first.name === 'this' ? steps.slice(1) : steps, text: text.trim() };
}
