/** Names of maps, and patterns of names. */
import { ConfigError } from '../errors.ts';

/** Throws ConfigError for what is no name. */
export function checkedName(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new ConfigError('a map needs a name: a text that is not empty');
}
