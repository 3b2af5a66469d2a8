/** Options on their way to worker threads: what can't go there is refused before anything is started. */
import type { InstanceOptions, MapOptions } from '../../api/instance.ts';
import { refuse, type ConfigProblem } from '../../config/options-reader.ts';
import { isModuleReference } from '../../config/store-shape.ts';

/** Options that may name an export instead. */
const REFERABLE = /\.(?:implementation|factory|partitionKey)$/;

/** Throws ConfigError that names each function, and each object that is no plain data. */
export function refuseForThreads(options: InstanceOptions): void {
  const problems: ConfigProblem[] = [];
  const { clock, ...rest } = options;
  if (clock !== undefined) problems.push({ path: 'clock', message: 'can not go to worker threads: leave it out' });
  look(rest, '', 'worker threads', problems);
  refuse(problems);
}

/** The same for options of one map, that go to all members. `path`: where they stand. */
export function refuseFunctions(options: MapOptions, path: string, where: string): void {
  const problems: ConfigProblem[] = [];
  look(options, path, where, problems);
  refuse(problems);
}

function look(value: unknown, path: string, where: string, problems: ConfigProblem[]): void {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return;
  if (typeof value === 'function' || !isPlain(value) || (REFERABLE.test(path) && !isModuleReference(value))) {
    const instead = REFERABLE.test(path) ? 'give it as { module, export }' : 'leave it out';
    problems.push({ path, message: `can not go to ${where}: ${instead}` });
    return;
  }
  for (const [name, part] of Object.entries(value))
    look(part, Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, where, problems);
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
