/** Where column memory comes from: one WebAssembly memory that grows in place, or ordinary buffers side by side. */
import type { Kernels } from './kernels.ts';
import { plainKernels, type Views } from './plain-kernels.ts';
import { simdKernels } from './simd-kernels.ts';
import { createLinearMemory, type LinearMemory } from './webassembly.ts';

/** Address space that is claimed piece by piece and never given back. */
export interface Ground {
  /** The fastest kernels for this ground; `views` are of the memory that stands on it. */
  kernels(views: Views): Kernels;
  /** Address of `bytes` zero bytes (a multiple of 64, as all claims) in one piece, 64-byte aligned. Throws RangeError when there are none. */
  claim(bytes: number): number;
  /** The buffer the piece at `address` lies in, and where in it. */
  buffer(address: number): ArrayBufferLike;
  offset(address: number): number;
}

const PAGE_BYTES = 65_536;
/** Address 0 is never handed out. */
const FIRST_ADDRESS = 64;
/** Growing takes microseconds, so it is done in steps of an eighth of what there is, within these bounds. */
const STEP_BYTES_MIN = 4 * PAGE_BYTES;
const STEP_BYTES_MAX = 1024 * PAGE_BYTES;

/** A shared WebAssembly memory. Shared ones never move when they grow, so that views stay valid; and workers can be given the buffer. */
export class MappedGround implements Ground {
  readonly #kernels: Kernels;
  readonly #memory: LinearMemory;
  readonly #maximumBytes: number;
  #buffer: ArrayBufferLike;
  #end = FIRST_ADDRESS;

  constructor(maximumBytes: number) {
    const maximum = Math.max(1, Math.floor(maximumBytes / PAGE_BYTES));
    this.#memory = createLinearMemory(maximum);
    this.#maximumBytes = maximum * PAGE_BYTES;
    this.#buffer = this.#memory.buffer;
    this.#kernels = simdKernels(this.#memory);
  }

  kernels(): Kernels {
    return this.#kernels;
  }

  claim(bytes: number): number {
    const address = this.#end;
    const end = address + bytes;
    if (end > this.#buffer.byteLength) this.#grow(end);
    this.#end = end;
    return address;
  }

  buffer(): ArrayBufferLike {
    return this.#buffer;
  }

  offset(address: number): number {
    return address;
  }

  #grow(bytes: number): void {
    if (bytes > this.#maximumBytes) throw full(this.#maximumBytes);
    const had = this.#buffer.byteLength;
    const step = Math.min(STEP_BYTES_MAX, Math.max(STEP_BYTES_MIN, had / 8));
    const wanted = Math.min(this.#maximumBytes, Math.max(bytes, had + step));
    this.#memory.grow(Math.ceil((wanted - had) / PAGE_BYTES));
    this.#buffer = this.#memory.buffer;
  }
}

/** Ordinary buffers, each a segment of one address space. A piece never lies across two. */
export class SegmentGround implements Ground {
  readonly #maximumBytes: number;
  /** By page of the address space: the segment it belongs to. */
  readonly #segments: Segment[] = [];
  #end = FIRST_ADDRESS;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  kernels(views: Views): Kernels {
    return plainKernels(views);
  }

  claim(bytes: number): number {
    const claimed = this.#segments.length * PAGE_BYTES;
    if (this.#end + bytes > claimed) this.#addSegment(bytes, claimed);
    const address = this.#end;
    this.#end += bytes;
    return address;
  }

  buffer(address: number): ArrayBuffer {
    return this.#segments[Math.floor(address / PAGE_BYTES)]!.buffer;
  }

  offset(address: number): number {
    return address - this.#segments[Math.floor(address / PAGE_BYTES)]!.start;
  }

  /** What is left of the segment before is lost: at most as much as the piece that did not fit. */
  #addSegment(bytes: number, start: number): void {
    if (start + bytes > this.#maximumBytes) throw full(this.#maximumBytes);
    const step = Math.min(STEP_BYTES_MAX, Math.max(STEP_BYTES_MIN, start / 8));
    const size = Math.ceil((Math.max(bytes, Math.min(step, this.#maximumBytes - start)) + (start === 0 ? FIRST_ADDRESS : 0)) / PAGE_BYTES);
    const segment: Segment = { start, buffer: new ArrayBuffer(size * PAGE_BYTES) };
    for (let page = 0; page < size; page++) this.#segments.push(segment);
    if (start > 0) this.#end = start;
  }
}

interface Segment {
  readonly start: number;
  readonly buffer: ArrayBuffer;
}

function full(maximumBytes: number): RangeError {
  return new RangeError(`the column memory is full: ${maximumBytes} bytes`);
}
