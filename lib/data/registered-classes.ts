/** Classes whose instances may be stored: what users said about them. */
import { ValueError } from '../errors.ts';

export type AnyClass<T extends object = object> = abstract new (...parameters: never[]) => T;

/** How instances of a class are copied. */
export interface ClassOptions<T> {
  /**
   * Makes an independent instance. Needed when there is state beyond own properties: private fields, closures, a built-in base class such as
   * Map. Called on each way in and each way out. It may give back the instance itself where that can't be changed.
   */
  readonly copy?: (instance: T) => T;
}

export interface RegisteredClass {
  /** `undefined`: by its properties. */
  readonly copy: ((instance: object) => object) | undefined;
}

/** By prototype: an instance belongs to exactly the class its prototype says, not to a base class of that. */
const registered = new Map<object, RegisteredClass>();

/** Classes with contents that no property shows; copying properties would store an empty shell. */
const HIDDEN_STATE: readonly AnyClass[] = [
  Array,
  ArrayBuffer,
  DataView,
  Date,
  Error,
  Function,
  Map,
  Promise,
  RegExp,
  Set,
  WeakMap,
  WeakSet,
];
const TYPED_ARRAY: AnyClass = Object.getPrototypeOf(Uint8Array);

/**
 * Allows instances of a class as values, or inside of values, in this process. Subclasses are registered on their own.
 *
 * Without `copy`, the own enumerable data properties are copied, the prototype is kept, and the copy is frozen: methods that only read go on
 * working, those that write throw. With `copy`, every read hands out a copy of its own.
 *
 * Throws ValueError (ERR_VALUE) when the class has a built-in base class and there is no `copy`. Registering again replaces the options.
 */
export function registerClass<T extends object>(type: AnyClass<T>, options: ClassOptions<T> = {}): void {
  if (typeof type !== 'function' || typeof type.prototype !== 'object' || type.prototype === null)
    throw new ValueError('registerClass takes a class');
  const prototype: object = type.prototype;
  if (prototype === Object.prototype || isBuiltIn(prototype)) throw new ValueError(`${type.name} can't be registered: it is built in`);
  const base = [...HIDDEN_STATE, TYPED_ARRAY].find((candidate) => prototype instanceof candidate);
  if (base !== undefined && options.copy === undefined) {
    throw new ValueError(`${type.name} extends ${base.name}, whose contents are not in properties: register it with { copy }`);
  }
  const { copy } = options;
  const isInstance = (instance: object): instance is T => Object.getPrototypeOf(instance) === prototype;
  registered.set(prototype, { copy: copy && ((instance) => (isInstance(instance) ? copy(instance) : instance)) });
}

/** What was registered for instances with this prototype. */
export function registeredClass(prototype: object): RegisteredClass | undefined {
  return registered.get(prototype);
}

function isBuiltIn(prototype: object): boolean {
  return [...HIDDEN_STATE, TYPED_ARRAY].some((type) => type.prototype === prototype);
}
