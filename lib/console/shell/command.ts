/** What a command of the console is, and what it works on. */
import type { Instance } from '../../api/instance.ts';
import type { IMap } from '../../api/map.ts';

export type Answer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'rows'; readonly rows: readonly unknown[]; readonly note: string }
  | { readonly kind: 'value'; readonly value: unknown };

/** Where the user is. */
export interface Session {
  readonly instance: Instance;
  /** Maps that are known by name. */
  readonly mapNames: Set<string>;
  mapName: string;
  /** The map of that name. */
  readonly map: Promise<IMap<unknown, unknown>>;
  /** Most rows that a query shows. */
  limit: number;
}

export interface Command {
  /** What is written after it. */
  readonly usage: string;
  readonly doc: string;
  run(session: Session, rest: string, signal: AbortSignal | undefined): Promise<Answer>;
}
