/** The SIMD kernels, instantiated for one WebAssembly memory. Their source is `kernels.wat`. */
import { KERNELS_BASE64 } from './kernels-binary.ts';
import { TABLE_U8_BYTES, type Kernels } from './kernels.ts';
import { compile, instantiate, type CompiledModule, type LinearMemory } from './webassembly.ts';

/** What the module exports: the kernels under their own names. */
type Exports = Omit<Kernels, 'name' | 'writeTableU8'>;

/** Compiled once for all memories, when first needed. */
let compiled: CompiledModule | undefined;

/** Throws what the engine throws when it knows no SIMD or may not compile: use the plain kernels then. */
export function simdKernels(memory: LinearMemory): Kernels {
  compiled ??= compile(Buffer.from(KERNELS_BASE64, 'base64'));
  const exports = instantiate<Exports>(compiled, { columns: { memory } });
  return { name: 'simd', ...exports, writeTableU8: (table, passes) => writeTable(memory, table, passes) };
}

/** Byte c is bit `(c >> 4) & 7` of table byte `c & 15`, in the second half when c >= 128: what a swizzle can look up. */
function writeTable(memory: LinearMemory, table: number, passes: (code: number) => boolean): void {
  const bytes = new Uint8Array(memory.buffer, table, TABLE_U8_BYTES).fill(0);
  for (let code = 0; code < 256; code++) {
    if (passes(code)) bytes[((code >> 7) << 4) | (code & 15)]! |= 1 << ((code >> 4) & 7);
  }
}
