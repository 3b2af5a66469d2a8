/** Copies of binary data: buffers and views of them can't be frozen, so they are copied on each way in and out. */
import { types } from 'node:util';
import { Refusal, kindOf } from './refusal.ts';

type View = ArrayBufferView & { readonly length?: number };
type ViewClass = new (buffer: ArrayBuffer) => View;

const VIEW_CLASSES: readonly ViewClass[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
  DataView,
];

export function isBytes(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
}

/** An independent copy of the same class, exactly as long as what the original shows. Throws Refusal for subclasses (Buffer excepted), shared and detached memory. */
export function copyOfBytes(value: ArrayBuffer | ArrayBufferView): ArrayBuffer | ArrayBufferView {
  if (!ArrayBuffer.isView(value)) {
    if (types.isSharedArrayBuffer(value)) throw new Refusal("a SharedArrayBuffer can't be stored");
    return contents(value, 0, value.byteLength);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const memory = contents(value.buffer, value.byteOffset, value.byteLength);
  if (prototype === Buffer.prototype) return Buffer.from(memory);
  const type = VIEW_CLASSES.find((candidate) => candidate.prototype === prototype);
  if (type === undefined) throw new Refusal(`${kindOf(value)} can't be stored (registerClass allows it)`);
  return new type(memory);
}

function contents(memory: ArrayBufferLike, offset: number, length: number): ArrayBuffer {
  if (!types.isSharedArrayBuffer(memory) && memory.detached) throw new Refusal("a detached ArrayBuffer can't be stored");
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(memory, offset, length));
  return copy.buffer;
}
