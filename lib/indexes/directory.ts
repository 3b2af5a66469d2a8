/** The directory of an ordered index: which leaf a pair belongs to. The one door to `sorted-btree`. */
import btree from 'sorted-btree';

/**
 * Where a leaf begins: no pair (key, slot) of the leaf comes before it, and every pair of the leaf before does. It never changes, so it may
 * lag behind the leaf's first pair after removals.
 */
export interface Separator<K> {
  readonly low: K;
  readonly lowSlot: number;
}

interface Tree<L> {
  readonly size: number;
  set(key: L, value: undefined): boolean;
  delete(key: L): boolean;
  clear(): void;
  getPairOrNextLower(key: L | Separator<unknown>, reused: [L, undefined]): [L, undefined] | undefined;
}
type TreeConstructor = new <L>(entries: undefined, compare: (a: L, b: L) => number, maxNodeSize: number) => Tree<L>;

// The package is CommonJS: under nodenext its default export is an object with the class as `default`.
const BTree = unwrapped(btree);

/** Entries of one tree node: 64 measured best for 1,000 to 100,000 leaves. */
const NODE_ENTRIES = 64;

/** A set of leaves ordered by their separators. Costs are logarithmic. */
export class Directory<L extends Separator<unknown>> {
  readonly #tree: Tree<L>;
  readonly #found: [L, undefined];

  /** The comparison must be that of the keys, then of the slots, and keys must be comparable (no NaN). `any` is any leaf. */
  constructor(compare: (a: L, b: L) => number, any: L) {
    this.#tree = new BTree<L>(undefined, compare, NODE_ENTRIES);
    this.#found = [any, undefined];
  }

  get size(): number {
    return this.#tree.size;
  }

  insert(leaf: L): void {
    this.#tree.set(leaf, undefined);
  }

  remove(leaf: L): void {
    this.#tree.delete(leaf);
  }

  clear(): void {
    this.#tree.clear();
  }

  /** The last leaf that begins at the place or before it. */
  atOrBelow(place: Separator<unknown>): L | undefined {
    return this.#tree.getPairOrNextLower(place, this.#found)?.[0];
  }
}

function unwrapped(module: unknown): TreeConstructor {
  let found = module;
  while (typeof found === 'object' && found !== null && 'default' in found) found = found.default;
  if (typeof found !== 'function') throw new TypeError('sorted-btree has no default export');
  // oxlint-disable-next-line no-unsafe-type-assertion -- a class of a package whose types describe another module format
  return found as TreeConstructor;
}
