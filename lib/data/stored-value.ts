/** What the forms of `value.ts` wrap a value into when it can't be kept as it is. */

/** A frozen value with something inside that can't be frozen: readers get copies. */
export class Unshared {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** A value as bytes. */
export class Encoded {
  readonly bytes: Uint8Array;
  /** Whether there are buffers in it: decoded ones would be windows on `bytes`. */
  readonly hasBuffers: boolean;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array, hasBuffers: boolean) {
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength); // no Buffer, whose `slice` would be another window
    this.hasBuffers = hasBuffers;
  }
}
