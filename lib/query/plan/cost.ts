/**
 * What things cost, in nanoseconds, as the planner sees it. Only ratios matter: measured on one machine with a million entries, 10 fields each, and
 * good to a factor of two on others. Scans of columns bring their own figure (`ColumnTest.costNs`, per row).
 */

/** One column test of one slot, called through a closure: a load that may miss the cache. */
export const SLOT_TEST_NS = 5;
/** One condition on an entry: the entry and its attribute are fetched from the heap, scattered. */
export const ENTRY_TEST_NS = 60;
/** One slot taken from an index. */
export const COLLECT_NS = 3;
/** One slot visited by an ordered walk, its residual test not included. */
export const WALK_NS = 12;
/** Finding the first slot of an index. */
export const SEEK_NS = 300;
/** Starting a scan, and each block of it: calls, bitmap algebra, counting. */
export const SCAN_NS = 500;
export const BLOCK_NS = 800;
/** One row of a bitmap turned into a slot. */
export const EXTRACT_NS = 1;
/** One match offered to a bounded heap, and one sorted. */
export const OFFER_NS = 5;
export const SORT_NS = 40;
