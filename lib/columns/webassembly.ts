/** The little of WebAssembly that is used here, typed: neither the language's declarations nor Node's have it. */

/** A shared linear memory. */
export interface LinearMemory {
  /** Another object, of the new length, after each growth; older ones stay good for what they cover. */
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of 65,536 bytes. Throws RangeError. */
  grow(pages: number): number;
}

/** A compiled module. */
export type CompiledModule = object;

declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => LinearMemory;
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new <Exports>(module: CompiledModule, imports: object) => { readonly exports: Exports };
};

/** Reserves `maximum` pages of address space. Throws where that is refused. */
export function createLinearMemory(maximum: number): LinearMemory {
  return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
}

/** Synchronous. Throws where a feature is unknown or compiling is refused. */
export function compile(binary: Uint8Array): CompiledModule {
  return new WebAssembly.Module(binary);
}

/** The module's exports, which the caller knows to be `Exports`. */
export function instantiate<Exports>(module: CompiledModule, imports: object): Exports {
  return new WebAssembly.Instance<Exports>(module, imports).exports;
}
