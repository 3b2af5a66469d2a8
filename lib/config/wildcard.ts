/** Which configuration a map name gets: exact name, else the pattern with the most literal characters, else `default` (M73). */
import { ConfigError } from '../errors.ts';

/** `undefined` when nothing fits. A tie between two patterns is a ConfigError. What follows `@` in a map's name is ignored. */
export function configFor<T>(configs: ReadonlyMap<string, T>, mapName: string): T | undefined {
  const name = mapName.split('@', 1)[0]!;
  const exact = configs.get(mapName) ?? configs.get(name);
  if (exact !== undefined) return exact;
  const fitting = [...configs.keys()].filter((pattern) => pattern.includes('*') && fits(pattern, name));
  const most = Math.max(...fitting.map(literals));
  const best = fitting.filter((pattern) => literals(pattern) === most);
  if (best.length > 1) {
    throw new ConfigError(
      `map '${mapName}': the patterns ${best.map((pattern) => `'${pattern}'`).join(' and ')} fit equally well; make one longer`,
    );
  }
  return configs.get(best[0] ?? 'default');
}

function literals(pattern: string): number {
  return pattern.replaceAll('*', '').length;
}

/** `*` stands for any run of characters. Each part between stars is sought once, from left to right. */
function fits(pattern: string, name: string): boolean {
  const [first, ...rest] = pattern.split('*') as [string, ...string[]];
  const last = rest.pop()!;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
