/** Matches by scanning: bitmaps over the columns block by block, entries only for what columns can't decide. */
import { BLOCK_ROWS, BLOCK_SHIFT } from '../columns/column.ts';
import type { EntrySource } from './entry-source.ts';
import type { Execution } from './execution.ts';
import { type Narrowing, verification } from './narrowing.ts';
import { looksAtEntries, type ScanRoute } from './route.ts';
import { type BlockScratch, type Selection, evaluate } from './selection.ts';
import { append, type SlotStock } from './slot-stock.ts';
import type { Work } from './work.ts';

/** Candidates judged between two looks at the clock: some tenths of a millisecond. */
export const ENTRY_TESTS_PER_STEP = 2048;
export const SLOT_TESTS_PER_STEP = 32_768;

/**
 * Hands the matches to the execution, by slot ascending. Entries that get a slot above the present top meanwhile are not seen. Each block is judged as it
 * is when its turn comes.
 */
export function* scanMatches(execution: Execution, scratch: BlockScratch, stock: SlotStock): Work<void> {
  const { source } = execution;
  const { top } = source;
  const list = stock.take();
  try {
    let era = -1;
    let route: ScanRoute = execution.prepared.scan();
    let tests: readonly Narrowing[] = [];
    for (let base = 0; base < top && !execution.isOver; base += BLOCK_ROWS) {
      if (base > 0) yield;
      if (era !== execution.era) {
        era = execution.era;
        route = execution.prepared.scan();
        tests = route.residual.map(verification);
      }
      const found = candidates(route.selection, base, source, scratch);
      if (tests.length === 0) {
        execution.judge(scratch.slots, 0, found, tests, era);
        continue;
      }
      list.length = 0;
      append(list, scratch.slots, 0, found);
      yield* judgeInSteps(execution, list.data, found, tests, era, looksAtEntries(route.residual));
    }
  } finally {
    stock.giveBack(list);
  }
}

/** Judges the candidates `data[0..length)` step by step. Few of them are judged without looking at the clock. */
export function* judgeInSteps(
  execution: Execution,
  data: Int32Array,
  length: number,
  tests: readonly Narrowing[],
  foundIn: number,
  slow: boolean,
): Work<void> {
  const step = slow ? ENTRY_TESTS_PER_STEP : SLOT_TESTS_PER_STEP;
  for (let from = 0; from < length && !execution.isOver; from += step) {
    if (from > 0) yield;
    execution.judge(data, from, Math.min(from + step, length), tests, foundIn);
  }
}

/** Finds the selection's live rows of the block at `base`; they are in `scratch.slots` from 0 on. */
function candidates(selection: Selection | undefined, base: number, source: EntrySource, scratch: BlockScratch): number {
  const block = base >>> BLOCK_SHIFT;
  const rows = blockRows(source, block);
  if (rows === 0) return 0;
  const live = source.live.address(block);
  if (selection === undefined) return scratch.positions(live, rows >>> 3, base);
  const out = scratch.bitmap(0);
  evaluate(selection, block, rows, out, source.memory, scratch, 1);
  source.memory.kernels.and(out, out, live, rows >>> 3);
  return scratch.positions(out, rows >>> 3, base);
}

/**
 * Counts the selection's live rows. Does not pause: 65,536 rows take about 5 us a column. Only for exact selections.
 */
export function countSelected(selection: Selection, source: EntrySource, scratch: BlockScratch): number {
  const { kernels } = source.memory;
  const out = scratch.bitmap(0);
  const blocks = (source.top + BLOCK_ROWS - 1) >>> BLOCK_SHIFT;
  let count = 0;
  for (let block = 0; block < blocks; block++) {
    const rows = blockRows(source, block);
    if (rows === 0) continue;
    evaluate(selection, block, rows, out, source.memory, scratch, 1);
    count += kernels.popcountAnd(out, source.live.address(block), rows >>> 3);
  }
  return count;
}

/** Rows of the block that may hold entries, as a multiple of 256; 0 when the source has shrunk below it. */
function blockRows({ top, live }: EntrySource, block: number): number {
  const used = top - block * BLOCK_ROWS;
  return used <= 0 ? 0 : Math.min(live.rows(block), (Math.min(used, BLOCK_ROWS) + 255) & ~255);
}
