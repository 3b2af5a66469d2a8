// Assembles lib/columns/kernels.wat into lib/columns/kernels-binary.ts. Run after every change of the former; a test compares the two.
//
//   node .ci/build-kernels.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import openWabt from 'wabt';

const source = new URL('../lib/columns/kernels.wat', import.meta.url);
const target = new URL('../lib/columns/kernels-binary.ts', import.meta.url);

const wabt = await openWabt();
const assembled = wabt.parseWat('kernels.wat', readFileSync(source, 'utf8'), { simd: true, threads: true, bulk_memory: true });
const { buffer } = assembled.toBinary({});
assembled.destroy();

writeFileSync(
  target,
  `/** The assembled SIMD kernels, base64. Generated from kernels.wat by .ci/build-kernels.mjs: change that file and run this script. */
export const KERNELS_BASE64: string =
  '${Buffer.from(buffer).toString('base64')}';
`,
);
console.log(`${buffer.length} bytes`);
