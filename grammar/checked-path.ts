/** A path given as a text literal, checked by the compiler: `e.get('address.city')`, `addIndex('age', true)`. */
import type { Family, IsMissing, Noun } from './checked-values.ts';
import type { AttributeAt, EntryPath } from './paths.ts';

/**
 * `P` itself when it is a path in values `V` (or `this`, or a path in keys `K`) where a `Leaf` may be found; otherwise the paths it may
 * become, for an editor to offer, or a sentence that says why not. A plain `string` passes: the run time judges it.
 */
export type CheckedPath<P extends string, V, K = unknown, Leaf = unknown> = string extends P
  ? P
  : unknown extends V
    ? P
    : AttributeAt<V, K, P> extends infer A
      ? IsMissing<A> extends true
        ? NoInfer<Offered<P, Extract<EntryPath<V, K, Leaf>, `${P}${string}`>>>
        : unknown extends Leaf
          ? P
          : Extract<Family<A>, Family<Leaf>> extends never
            ? NoInfer<`'${P}' is ${Noun<A>}, not ${Noun<Leaf>}`>
            : P
      : never;

type Offered<P extends string, Fit> = [Fit] extends [never] ? `there is no attribute '${P}'` : Fit;
