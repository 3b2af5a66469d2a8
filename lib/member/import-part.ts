/** What a module exports, as `{ module, export }` names it. */
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModuleReference } from '../api/map-store.ts';
import { ConfigError } from '../errors.ts';

/**
 * Imports the module and gives the export; a class is made with `new`, without arguments. `what` names the part in errors.
 * Errors: ERR_CONFIG when there is no such module or export.
 */
export async function importPart({ module, export: name = 'default' }: ModuleReference, what: string): Promise<unknown> {
  const exports = await importModule(module, what);
  if (!Object.hasOwn(exports, name)) {
    throw new ConfigError(`${what}: the module '${module}' exports no '${name}'; it has ${Object.keys(exports).join(', ') || 'nothing'}`);
  }
  const part = exports[name];
  return isClass(part) ? new part() : part;
}

/** All that the module exports. `what` names the option in errors. Errors: ERR_CONFIG. */
export async function importModule(module: string, what: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(specifierOf(module));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${what}: the module '${module}' can not be imported: ${why}`, { cause });
  }
}

function specifierOf(module: string): string {
  const isPath = module.startsWith('./') || module.startsWith('../') || isAbsolute(module);
  return isPath ? pathToFileURL(resolve(module)).href : module;
}

function isClass(part: unknown): part is new () => unknown {
  return typeof part === 'function' && /^class\b/.test(Function.prototype.toString.call(part));
}
