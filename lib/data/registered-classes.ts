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
  /** How instances are called where they travel between members, the same on all of them. Default: the name of the class. */
  readonly name?: string;
  /** Where `copy` is needed, so are these two for values that travel: what `unpack` makes an equal instance of, itself a value without private state. */
  readonly pack?: (instance: T) => unknown;
  unpack?(packed: unknown): T;
}

export interface RegisteredClass {
  readonly prototype: object;
  readonly name: string;
  /** `undefined`: by its properties. */
  readonly copy: ((instance: object) => object) | undefined;
  readonly pack: ((instance: object) => unknown) | undefined;
  readonly unpack: ((packed: unknown) => unknown) | undefined;
}

/** By prototype: an instance belongs to exactly the class its prototype says, not to a base class of that. */
const registered = new Map<object, RegisteredClass>();
/** By name; `undefined` where several classes have it: then none of them can travel. */
const named = new Map<string, RegisteredClass | undefined>();

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
  const { copy, pack, name = type.name } = options;
  if ((pack === undefined) !== (options.unpack === undefined)) throw new ValueError(`${type.name} needs pack and unpack, or neither`);
  const other = named.get(name);
  if (options.name !== undefined && other !== undefined && other.prototype !== prototype)
    throw new ValueError(`another class is registered as '${name}'`);
  const isInstance = (instance: object): instance is T => Object.getPrototypeOf(instance) === prototype;
  const kept: RegisteredClass = {
    prototype,
    name,
    copy: copy && ((instance) => (isInstance(instance) ? copy(instance) : instance)),
    pack: pack && ((instance) => (isInstance(instance) ? pack(instance) : instance)),
    unpack: options.unpack && ((packed) => options.unpack?.(packed)),
  };
  const before = registered.get(prototype);
  if (before !== undefined && named.get(before.name) === before) named.delete(before.name);
  registered.set(prototype, kept);
  named.set(name, named.has(name) ? undefined : kept);
}

/** What was registered for instances with this prototype. */
export function registeredClass(prototype: object): RegisteredClass | undefined {
  return registered.get(prototype);
}

/** The class that travels under this name. */
export function classNamed(name: string): RegisteredClass | undefined {
  return named.get(name);
}

/** Whether any class was registered: as long as none was, no value has an instance inside. */
export function hasRegisteredClasses(): boolean {
  return registered.size > 0;
}

function isBuiltIn(prototype: object): boolean {
  return [...HIDDEN_STATE, TYPED_ARRAY].some((type) => type.prototype === prototype);
}
