/** Which maps something is to be done for, by partition: so that nobody goes over all maps for one. In the order in which they came. */

export class MapsByPartition<M> {
  readonly #maps = new Map<number, Set<M>>();

  add(partition: number, map: M): void {
    const known = this.#maps.get(partition);
    if (known === undefined) this.#maps.set(partition, new Set([map]));
    else known.add(map);
  }

  of(partition: number): Iterable<M> {
    return this.#maps.get(partition) ?? [];
  }

  /** The maps of a partition, which has none any more. */
  take(partition: number): Iterable<M> {
    const maps = this.of(partition);
    this.#maps.delete(partition);
    return maps;
  }

  delete(partition: number, map: M): void {
    const known = this.#maps.get(partition);
    if (known?.delete(map) === true && known.size === 0) this.#maps.delete(partition);
  }

  forget(map: M): void {
    for (const partition of this.#maps.keys()) this.delete(partition, map);
  }
}
