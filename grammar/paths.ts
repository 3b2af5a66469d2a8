/**
 * Types of dotted attribute paths, such as `address.city`.
 *
 * Two questions, two types: {@link ValueAt} answers "what is at this path?" and costs one step per
 * segment; {@link PathOf} lists every path and is only worth its cost where an editor must offer them.
 */

/** A value that a predicate can compare; a path ends here. */
export type Scalar = string | number | bigint | boolean | Date | null | undefined;

/** What {@link ValueAt} yields when there is no such attribute. */
export interface Missing {
  readonly missing: true;
}

/** Type of the attribute at `Path` in `V`, or {@link Missing}. Optional steps are looked through. */
export type ValueAt<V, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof V
    ? ValueAt<NonNullable<V[Head]>, Rest>
    : Missing
  : Path extends keyof V
    ? V[Path]
    : Missing;

/** Every attribute path of `V`, at most four segments long. */
export type PathOf<V, Depth extends 0[] = []> = Depth['length'] extends 4
  ? never
  : V extends Scalar | readonly unknown[] | ((...args: never) => unknown)
    ? never
    : {
        [K in keyof V & string]: V[K] extends (...args: never) => unknown ? never : K | `${K}.${PathOf<NonNullable<V[K]>, [...Depth, 0]>}`;
      }[keyof V & string];
