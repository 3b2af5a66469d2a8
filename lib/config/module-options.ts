/** `{ module, export }`: a part of the program, by where it is exported. */
import type { ModuleReference } from '../api/map-store.ts';
import { MODULE_OPTIONS } from './option-table.ts';
import { OptionsReader, type ConfigProblem } from './options-reader.ts';

export function readModule(written: unknown, path: string, problems: ConfigProblem[]): ModuleReference {
  const read = new OptionsReader(written, path, MODULE_OPTIONS, problems);
  const module = read.text('module');
  if (read.raw('module') === undefined) read.note('module', 'is missing: a path, or the name of a package');
  return Object.freeze({ module: module ?? '', export: read.text('export') });
}
