/** Case: no index may make any query slower than it is without that index (M43). */
import type { Employee } from '../employees.ts';
import { measure, type MeasureOptions } from '../measure.ts';
import { openCobnut } from '../peers/cobnut.ts';
import { INDEXED, QUERIES } from '../queries.ts';
import { MODES } from './queries.ts';

export interface AddedIndexResult {
  readonly index: string;
  readonly query: string;
  readonly mode: string;
  /** Time with the index over time without; above 1 is slower. */
  readonly ratio: number;
}

/** Two maps with the same rows and the same columns, one of them with one index more. */
export async function runAddedIndexes(rows: readonly Employee[], options: MeasureOptions): Promise<AddedIndexResult[]> {
  const results: AddedIndexResult[] = [];
  const without = await openCobnut(rows, { indexes: false });
  for (const query of QUERIES) for (const mode of MODES) for (let twice = 0; twice < 3; twice++) await without[mode](query)();
  await new Promise((resolve) => setTimeout(resolve, 500)); // columns are built in the background
  for (const { attribute, ordered } of INDEXED) {
    const withIndex = await openCobnut(rows, { indexes: false });
    for (const query of QUERIES) for (const mode of MODES) for (let twice = 0; twice < 3; twice++) await withIndex[mode](query)();
    await withIndex.map.addIndex(attribute, ordered);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const query of QUERIES) {
      for (const mode of MODES) {
        const [one, other] = await measure(
          [
            { name: 'with', run: withIndex[mode](query) },
            { name: 'without', run: without[mode](query) },
          ],
          options,
        );
        results.push({
          index: `${attribute} ${ordered ? 'ordered' : 'unordered'}`,
          query: query.name,
          mode,
          ratio: one!.medianNs / other!.medianNs,
        });
      }
    }
    await withIndex.close();
  }
  await without.close();
  return results;
}
