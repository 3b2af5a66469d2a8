/** The memory all columns of an instance live in, and the kernels that scan it. */
import { MappedGround, SegmentGround, type Ground } from './ground.ts';
import { TABLE_U16_BYTES, type Kernels } from './kernels.ts';

export type { Kernels } from './kernels.ts';

export interface ColumnMemory {
  readonly kernels: Kernels;
  /** Bytes handed out and not freed, rounded up as they are kept. */
  readonly allocatedBytes: number;
  /** Returns a 64-byte aligned address, never 0, above 2^31 too; contents are zero. Throws RangeError when the memory is full. */
  allocate(bytes: number): number;
  /** `bytes` as it was allocated. */
  free(address: number, bytes: number): void;
  /** Views stay valid until the address is freed (the memory never moves). */
  u8(address: number, length: number): Uint8Array;
  u16(address: number, length: number): Uint16Array;
  u32(address: number, length: number): Uint32Array;
  i32(address: number, length: number): Int32Array;
  f64(address: number, length: number): Float64Array;
}

export interface ColumnMemoryOptions {
  /** false: plain kernels over ordinary buffers. Default: SIMD kernels over a shared WebAssembly memory, plain ones where that is refused. */
  readonly simd?: boolean;
  /** Most bytes the memory may grow to. Default and most: 4 GiB. Address space is reserved, memory is not: it grows on demand. */
  readonly maximumBytes?: number;
}

/** Most bytes a 32-bit WebAssembly memory can have. */
const MAXIMUM_BYTES = 2 ** 32;
const ALIGNMENT = 64;

/** Costs nothing until the first use. */
export function createColumnMemory({ simd = true, maximumBytes = MAXIMUM_BYTES }: ColumnMemoryOptions = {}): ColumnMemory {
  return new ClassedMemory(simd, Math.min(maximumBytes, MAXIMUM_BYTES));
}

/**
 * Runs every kernel once over a block, so that no query pays for compiling them: a few milliseconds. Optimised machine code follows in the
 * background.
 */
export function warmUp(memory: ColumnMemory): void {
  const { kernels } = memory;
  const rows = 65_536;
  const bytes = rows / 8;
  const column = memory.allocate(rows * 8);
  const out = memory.allocate(bytes);
  const table = memory.allocate(TABLE_U16_BYTES);
  kernels.rangeU8(column, rows, 1, 1, out);
  kernels.rangeU16(column, rows, 1, 1, out);
  kernels.rangeI32(column, rows, 1, 1, out);
  kernels.rangeF64(column, rows, 1, 1, out);
  kernels.tableU16(column, rows, table, out);
  kernels.writeTableU8(table, () => false);
  kernels.tableU8(column, rows, table, out);
  kernels.not(out, out, bytes);
  kernels.and(out, out, out, bytes);
  kernels.or(out, out, out, bytes);
  kernels.andNot(out, out, out, bytes);
  kernels.fill(out, bytes, 1);
  kernels.popcount(out, bytes);
  kernels.popcountAnd(out, out, bytes);
  kernels.positions(out, bytes, 0, column);
  memory.free(column, rows * 8);
  memory.free(out, bytes);
  memory.free(table, TABLE_U16_BYTES);
}

/** A free list per size class over ground that is only ever claimed. Pieces are neither split nor joined: columns ask for the same few sizes. */
class ClassedMemory implements ColumnMemory {
  allocatedBytes = 0;
  readonly #simd: boolean;
  readonly #maximumBytes: number;
  readonly #free = new Map<number, number[]>();
  #ground: Ground | undefined;
  #kernels: Kernels | undefined;

  constructor(simd: boolean, maximumBytes: number) {
    this.#simd = simd;
    this.#maximumBytes = maximumBytes;
  }

  get kernels(): Kernels {
    return (this.#kernels ??= this.#land().kernels(this));
  }

  allocate(bytes: number): number {
    const size = sizeClass(bytes);
    let address = this.#free.get(size)?.pop();
    if (address === undefined) address = this.#land().claim(size);
    else this.u8(address, size).fill(0);
    this.allocatedBytes += size;
    return address;
  }

  free(address: number, bytes: number): void {
    const size = sizeClass(bytes);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [address]);
    else list.push(address);
    this.allocatedBytes -= size;
  }

  u8(address: number, length: number): Uint8Array {
    const ground = this.#land();
    return new Uint8Array(ground.buffer(address), ground.offset(address), length);
  }

  u16(address: number, length: number): Uint16Array {
    const ground = this.#land();
    return new Uint16Array(ground.buffer(address), ground.offset(address), length);
  }

  u32(address: number, length: number): Uint32Array {
    const ground = this.#land();
    return new Uint32Array(ground.buffer(address), ground.offset(address), length);
  }

  i32(address: number, length: number): Int32Array {
    const ground = this.#land();
    return new Int32Array(ground.buffer(address), ground.offset(address), length);
  }

  f64(address: number, length: number): Float64Array {
    const ground = this.#land();
    return new Float64Array(ground.buffer(address), ground.offset(address), length);
  }

  /** Claimed at first use: an instance without columns reserves nothing. */
  #land(): Ground {
    return (this.#ground ??= findGround(this.#simd, this.#maximumBytes));
  }
}

function findGround(simd: boolean, maximumBytes: number): Ground {
  if (simd) {
    try {
      return new MappedGround(maximumBytes);
    } catch {
      // No WebAssembly, no SIMD, no shared memory, no address space left, or a policy against compiling: all answered by plain kernels.
    }
  }
  return new SegmentGround(maximumBytes);
}

/** Four classes per doubling: at most a fifth is wasted, and powers of two are kept as they are. */
function sizeClass(bytes: number): number {
  if (bytes <= ALIGNMENT) return ALIGNMENT;
  const step = Math.max(ALIGNMENT, 2 ** (29 - Math.clz32(bytes - 1)));
  return Math.ceil(bytes / step) * step;
}
