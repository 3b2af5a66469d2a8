/**
 * From one form of rows to another, when values came that the first has no place for.
 *
 * Out of codes, everything goes through a table by code: nanoseconds per row, whatever the values are. Each conversion takes the old rows'
 * generation further and frees them.
 */
import { CodeRows } from './code-rows.ts';
import { ABSENT_CODE, FIRST_CODE, NULL_CODE, type Coding } from './coding.ts';
import { BLOCK_MASK, BLOCK_SHIFT } from './column.ts';
import { HashRows } from './hash-rows.ts';
import { BLANK_INT32, NumberRows, type NumberFamily, type NumberKind } from './number-rows.ts';
import type { RowArray, RowBlocks } from './row-blocks.ts';
import type { Rows } from './rows.ts';
import { ABSENT_HASH, familyOf, hashValue } from './value-hash.ts';

/** The same values in other codes. `coding` must have room for all values present; it is given those it does not know. */
export function recode(from: CodeRows, coding: Coding): CodeRows {
  const to = new CodeRows(from.memory, coding, from.generation + 1);
  const table = new Uint16Array(from.size);
  for (const code of presentCodes(from)) {
    const other = code === NULL_CODE ? NULL_CODE : codeFor(to, from.coding.valueOf(code));
    table[code] = other;
    to.add(other, from.counts[code]!);
  }
  translate(from.blocks, to.blocks, table);
  from.free();
  return to;
}

/** Numbers or times instead of codes. What is neither must be few. */
export function numbersOfCodes(from: CodeRows, kind: NumberKind, family: NumberFamily): NumberRows {
  const to = new NumberRows(from.memory, kind, family, from.generation + 1);
  const table = new Float64Array(from.size).fill(kind === 'int32' ? BLANK_INT32 : NaN);
  const exceptions = new Set<number>();
  for (const code of presentCodes(from)) {
    const value = code === NULL_CODE ? null : from.coding.valueOf(code);
    const number = to.numberOf(value);
    if (number === undefined) exceptions.add(code);
    else {
      table[code] = number;
      to.adopt(number, from.counts[code]!);
    }
  }
  translate(from.blocks, to.blocks, table);
  if (exceptions.size > 0) {
    each(from.blocks, (slot, code) => {
      if (exceptions.has(code)) to.setException(slot, code === NULL_CODE ? null : from.coding.valueOf(code));
    });
  }
  from.free();
  return to;
}

export function hashesOfCodes(from: CodeRows): HashRows {
  const to = new HashRows(from.memory, from.generation + 1);
  const table = new Uint32Array(from.size);
  for (const code of presentCodes(from)) {
    const hash = hashValue(code === NULL_CODE ? null : from.coding.valueOf(code));
    table[code] = hash;
    to.counts[familyOf(hash)]! += from.counts[code]!;
  }
  table[ABSENT_CODE] = ABSENT_HASH;
  translate(from.blocks, to.blocks, table);
  from.free();
  return to;
}

/** Numbers as doubles that were 32-bit integers. */
export function widenNumbers(from: NumberRows): NumberRows {
  const to = new NumberRows(from.memory, 'float64', from.family, from.generation + 1);
  from.moveTo(to);
  for (const [block, view] of from.blocks.views.entries()) {
    if (view === undefined) continue;
    const target = to.blocks.grow(lastSlot(block, view));
    for (let row = 0; row < view.length; row++) target[row] = view[row] === BLANK_INT32 ? NaN : view[row]!;
  }
  from.blocks.free();
  return to;
}

/** Every row anew. undefined, and `from` is as it was, when `to` can't take them all: it is freed then. */
export function refill<To extends Rows>(from: NumberRows, to: To): To | undefined {
  let complete = true;
  from.each((slot, value) => {
    complete &&= to.set(slot, value);
  });
  (complete ? from : to).free();
  return complete ? to : undefined;
}

/** Codes that rows have, null's included. */
function presentCodes({ counts }: CodeRows): number[] {
  const codes: number[] = [];
  for (let code = NULL_CODE; code < counts.length; code++) if (counts[code] !== 0) codes.push(code);
  return codes;
}

function codeFor(to: CodeRows, value: ReturnType<Coding['valueOf']>): number {
  const code = to.coding.codeOf(value);
  return code >= FIRST_CODE ? code : to.coding.admit(value, to.counts);
}

function translate(from: RowBlocks<RowArray>, to: RowBlocks<RowArray>, table: RowArray): void {
  for (const [block, view] of from.views.entries()) {
    if (view === undefined) continue;
    const target = to.grow(lastSlot(block, view));
    for (let row = 0; row < view.length; row++) target[row] = table[view[row]!]!;
  }
}

function each(blocks: RowBlocks<RowArray>, visit: (slot: number, code: number) => void): void {
  for (const [block, view] of blocks.views.entries()) {
    if (view === undefined) continue;
    for (let row = 0; row < view.length; row++) visit(block * (BLOCK_MASK + 1) + row, view[row]!);
  }
}

function lastSlot(block: number, view: RowArray): number {
  return ((block << BLOCK_SHIFT) | (view.length - 1)) >>> 0;
}
