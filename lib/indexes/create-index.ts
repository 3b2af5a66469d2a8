/** From a definition to an empty index. */
import { BitmapIndex } from './bitmap-index.ts';
import type { BuildableIndex } from './buildable-index.ts';
import { CompositeSortedIndex } from './composite-sorted-index.ts';
import { HashIndex } from './hash-index.ts';
import type { IndexDefinition } from './index-contract.ts';
import { SortedIndex } from './sorted-index.ts';

export function createIndex(definition: IndexDefinition): BuildableIndex {
  const { type, attributes } = definition;
  if (type === 'HASH') return new HashIndex(definition);
  if (type === 'BITMAP') return new BitmapIndex(definition);
  return attributes.length === 1 ? new SortedIndex(definition) : new CompositeSortedIndex(definition);
}
