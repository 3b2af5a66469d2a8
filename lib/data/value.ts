/** The border of the map for values: what goes in is copied and frozen, so that nobody can change what is kept, or see it change (M27). */

/**
 * How a map keeps its values.
 * - `frozen` (default): copied on the way in and deeply frozen, handed out by reference. Reads cost nothing; a put about 0.4 us for ten fields.
 * - `trusted`: kept and handed out as they are. For those who promise never to change a value.
 * - `binary`: bytes, decoded for each read. Small in the heap, slow to read; conditions without a column decode too.
 */
export type ValueMode = 'frozen' | 'trusted' | 'binary';

/** What a mode does at the border. A *stored* value is whatever `takeIn` gave; only the same form can read it. */
export interface ValueForm {
  readonly mode: ValueMode;
  /** The form to keep. Throws ValueError, with the path of the offending part, and then nothing has happened. */
  takeIn(value: unknown): unknown;
  /** What a user may have. The same reference each time when `isShared`, else a copy each time. */
  handOut(stored: unknown): unknown;
  /** What conditions, columns and indexes look at: never to be given to users, never changed. */
  peek(stored: unknown): unknown;
  /** Whether `handOut` and `peek` give `stored` itself: true for nearly all values of the frozen form. */
  isShared(stored: unknown): boolean;
}

/** The form of a mode. Forms have no state: all maps share them. */
export function valueForm(mode: ValueMode): ValueForm {
  throw new Error(`not written yet: ${mode}`);
}
