/** Map and Set that can't be changed, so that one object can be kept and handed out to everybody (as `FrozenDate` for Date). */

/**
 * A Map whose mutators throw. Its `constructor` reads Map, it is `instanceof Map`, and it iterates as one. Keys and values are frozen by the maker.
 * `Map.prototype.set.call(map, …)` is not stopped: see FrozenDate.
 */
export class FrozenMap<K, V> extends Map<K, V> {
  /** Not by the inherited constructor, which would call `set`. */
  static of<K, V>(entries: Iterable<readonly [K, V]>): FrozenMap<K, V> {
    const map = new FrozenMap<K, V>();
    for (const [key, value] of entries) Map.prototype.set.call(map, key, value);
    return Object.freeze(map);
  }
}

/** A Set whose mutators throw; see FrozenMap. */
export class FrozenSet<T> extends Set<T> {
  static of<T>(elements: Iterable<T>): FrozenSet<T> {
    const set = new FrozenSet<T>();
    for (const element of elements) Set.prototype.add.call(set, element);
    return Object.freeze(set);
  }
}

// `getOrInsert` and its sister are not in all engines yet; refusing what does not exist does no harm.
refuseAll(FrozenMap.prototype, Map, ['set', 'delete', 'clear', 'getOrInsert', 'getOrInsertComputed']);
refuseAll(FrozenSet.prototype, Set, ['add', 'delete', 'clear']);

function refuseAll(prototype: object, base: typeof Map | typeof Set, mutators: readonly string[]): void {
  for (const name of mutators) {
    Object.defineProperty(prototype, name, {
      value: function refuse(): never {
        throw new TypeError(`this ${base.name} is kept in a map and can't be changed (${name}): make a copy with new ${base.name}(…)`);
      },
    });
  }
  Object.defineProperty(prototype, 'constructor', { value: base });
  Object.freeze(prototype);
}
