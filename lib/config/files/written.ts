/** What a configuration file says: options as a program would write them, and where in the file each of them stands. */
import type { InstanceOptions } from '../../api/instance.ts';
import type { ConfigProblem, Fields } from '../options-reader.ts';

/** Counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something to be said about a place in a file. */
export interface PlacedProblem extends ConfigProblem, Partial<Position> {}

export interface Written {
  readonly options: InstanceOptions;
  /** By path, as in problems: `maps.employees.backupCount`. */
  readonly positions: ReadonlyMap<string, Position>;
  /** What is not understood, or can't be meant. */
  readonly problems: readonly PlacedProblem[];
  /** What is understood, and changes nothing. */
  readonly notes: readonly PlacedProblem[];
}

/** Parts of the program that a file refers to by name. */
export type NamedParts = Readonly<Record<string, unknown>>;

export interface FileOptions {
  /** For `${NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stores and factories by the name that a file gives for their class; others are taken for modules. */
  readonly classes: NamedParts;
}

/** Options under construction. Names are the user's, so nothing is inherited. */
export type Draft = Record<string, unknown>;

export function draft(fields: Fields = {}): Draft {
  return Object.assign(Object.create(null) as Draft, fields);
}

/** Where a problem is: at its path, or at the nearest place around it that the file has. */
export function placed(problem: PlacedProblem, positions: ReadonlyMap<string, Position>): PlacedProblem {
  if (problem.line !== undefined) return problem;
  for (let path = problem.path; ; path = outer(path)) {
    const position = positions.get(path);
    if (position !== undefined) return { ...problem, ...position };
    if (path === '') return problem;
  }
}

function outer(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.'), path.lastIndexOf('[')));
}
