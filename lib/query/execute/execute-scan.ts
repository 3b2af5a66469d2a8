/** Matches by scanning: bitmaps over the columns block by block, entries only for what columns can't decide. */
import { BLOCK_ROWS, BLOCK_SHIFT } from '../../columns/column.ts';
import type { EntrySource } from '../source/entry-source.ts';
import type { Execution } from './execution.ts';
import { type Narrowing, verification } from './narrowing.ts';
import { looksAtEntries, type ScanRoute } from '../plan/route.ts';
import { type BlockScratch, type Selection, evaluate } from '../plan/selection.ts';
import { append, type SlotStock } from './slot-stock.ts';
import type { Work } from './work.ts';

/** Candidates judged between two looks at the clock: some tenths of a millisecond. */
export const ENTRY_TESTS_PER_STEP = 2048;
export const SLOT_TESTS_PER_STEP = 32_768;
/** Of larger maps, selecting all blocks at once would be a pause of its own. */
const AHEAD_BLOCKS_MAX = 256;

/**
 * Hands the matches to the execution, by slot ascending. Entries that get a slot above the present top meanwhile are not seen. Each block is judged as it
 * is when its turn comes.
 */
export function* scanMatches(execution: Execution, scratch: BlockScratch, stock: SlotStock): Work<void> {
  const { source } = execution;
  const { top } = source;
  const list = stock.take();
  const { era: firstEra } = execution;
  const ahead = selectAhead(execution, scratch);
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
      const block = base >>> BLOCK_SHIFT;
      const selected = era === firstEra ? ahead[block] : undefined;
      const found = positions(selected ?? select(route.selection, block, source, scratch), block, source, scratch);
      if (tests.length === 0 && found <= execution.collector.rowsPerStep) {
        execution.judge(scratch.slots, 0, found, tests, era);
        continue;
      }
      list.length = 0;
      append(list, scratch.slots, 0, found);
      yield* judgeInSteps(execution, list.data, found, tests, era, looksAtEntries(route.residual));
    }
  } finally {
    stock.giveBack(list);
    scratch.giveBack(ahead);
  }
}

/**
 * Selects all blocks at once, a few microseconds each, if that tells the collector how many matches there will be. The bitmaps are good until something
 * changes.
 */
function selectAhead({ collector, source, prepared, wantsSize }: Execution, scratch: BlockScratch): readonly number[] {
  const { selection, residual } = prepared.scan();
  const blocks = blocksOf(source);
  if (!wantsSize || residual.length > 0 || selection === undefined || blocks > AHEAD_BLOCKS_MAX) return [];
  const bitmaps = scratch.take(blocks);
  let count = 0;
  for (const [block, bitmap] of bitmaps.entries()) {
    select(selection, block, source, scratch, bitmap);
    count += source.memory.kernels.popcount(bitmap, blockRows(source, block) >>> 3);
  }
  collector.expect(count);
  return bitmaps;
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
  const step = Math.min(execution.collector.rowsPerStep, slow ? ENTRY_TESTS_PER_STEP : SLOT_TESTS_PER_STEP);
  for (let from = 0; from < length && !execution.isOver; from += step) {
    if (from > 0) yield;
    execution.judge(data, from, Math.min(from + step, length), tests, foundIn);
  }
}

/** Writes the selection's live rows of a block into a bitmap, which it returns. */
function select(
  selection: Selection | undefined,
  block: number,
  source: EntrySource,
  scratch: BlockScratch,
  out: number = scratch.bitmap(0),
): number {
  const live = source.live.address(block);
  const rows = blockRows(source, block);
  if (selection === undefined || rows === 0) return live;
  evaluate(selection, block, rows, out, source.memory, scratch, 1);
  source.memory.kernels.and(out, out, live, rows >>> 3);
  return out;
}

/** The rows of a block's bitmap as slots: in `scratch.slots`, from 0. */
function positions(bitmap: number, block: number, source: EntrySource, scratch: BlockScratch): number {
  const rows = blockRows(source, block);
  return rows === 0 ? 0 : scratch.positions(bitmap, rows >>> 3, block * BLOCK_ROWS);
}

/** Counts the selection's live rows. Does not pause: 65,536 rows take about 5 us a column. Only for exact selections. */
export function countSelected(selection: Selection, source: EntrySource, scratch: BlockScratch): number {
  const { kernels } = source.memory;
  const out = scratch.bitmap(0);
  const blocks = blocksOf(source);
  let count = 0;
  for (let block = 0; block < blocks; block++) {
    const rows = blockRows(source, block);
    if (rows === 0) continue;
    evaluate(selection, block, rows, out, source.memory, scratch, 1);
    count += kernels.popcountAnd(out, source.live.address(block), rows >>> 3);
  }
  return count;
}

function blocksOf({ top }: EntrySource): number {
  return (top + BLOCK_ROWS - 1) >>> BLOCK_SHIFT;
}

/** Rows of the block that may hold entries, as a multiple of 256; 0 when the source has shrunk below it. */
function blockRows({ top, live }: EntrySource, block: number): number {
  const used = top - block * BLOCK_ROWS;
  return used <= 0 ? 0 : Math.min(live.rows(block), (Math.min(used, BLOCK_ROWS) + 255) & ~255);
}
