/** From what users write about an index to its checked definition. */
import type { Attribute } from '../../grammar/ast.ts';
import { parseAttribute } from '../../grammar/attribute-path.ts';
import type { SortedOrHashIndex } from '../api/map.ts';
import { hasAny } from '../data/attribute.ts';
import { IndexError } from '../errors.ts';
import type { IndexDefinition, IndexType } from './index-contract.ts';

/** One attribute, ordered (a SORTED index) or not (a HASH index, the default). */
export interface AttributeIndex {
  readonly attribute: string;
  readonly ordered?: boolean;
}

const ATTRIBUTES_MAX = 255;
const TYPES: readonly string[] = ['SORTED', 'HASH', 'BITMAP'] satisfies readonly IndexType[];

/**
 * Checks the index and writes it in its canonical form. The name, if none is given, is the attributes and the type: `age_sorted`,
 * `dept_city_hash`.
 *
 * Errors: ERR_INDEX when an attribute is no path, is named twice, or has `[any]` (it would have several values for one entry); when there is none, or
 * more than 255; when a BITMAP index has more than one; when the type is none of SORTED, HASH and BITMAP.
 */
export function defineIndex(input: SortedOrHashIndex | AttributeIndex): IndexDefinition {
  const { type, attributes: paths, name } = spelledOut(input);
  if (!isType(type)) throw new IndexError(`an index is of type SORTED, HASH or BITMAP, not ${spelled(type)}`);
  if (!Array.isArray(paths) || paths.length === 0) throw new IndexError('an index needs a list of at least one attribute');
  if (paths.length > ATTRIBUTES_MAX) throw new IndexError(`an index has at most ${ATTRIBUTES_MAX} attributes, not ${paths.length}`);
  const attributes = paths.map((path) => indexableAttribute(path).text);
  const twice = attributes.find((attribute, at) => attributes.indexOf(attribute) !== at);
  if (twice !== undefined) throw new IndexError(`attribute '${twice}' is twice in one index`, { details: { attribute: twice } });
  if (type === 'BITMAP' && attributes.length > 1) {
    throw new IndexError('a BITMAP index has one attribute: make one index for each, and queries will combine them');
  }
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw new IndexError("an index's name is a text that is not empty");
  return Object.freeze({ name: name ?? `${attributes.join('_')}_${type.toLowerCase()}`, type, attributes: Object.freeze(attributes) });
}

/** The path as an attribute that has one value for each entry. Errors: ERR_INDEX. */
export function indexableAttribute(path: unknown): Attribute {
  if (typeof path !== 'string') throw new IndexError(`an index is on attribute paths such as 'address.city', not on ${typeof path}`);
  const result = parseAttribute(path);
  if (!result.ok) {
    throw new IndexError(`'${path}' can't be indexed: ${result.problem.message}`, { details: { attribute: path } });
  }
  const { attribute } = result;
  if (hasAny(attribute)) {
    throw new IndexError(`'${path}' can't be indexed: [any] stands for many values of one entry, and an index keeps one`, {
      details: { attribute: path },
    });
  }
  return attribute;
}

/** What was given as a type, for the error: texts as they are, of all else the kind. */
function spelled(type: unknown): string {
  return typeof type === 'string' ? `'${type}'` : typeof type;
}

/** Whether two definitions make the same index, whatever its name. */
export function isSameIndex(a: IndexDefinition, b: IndexDefinition): boolean {
  return (
    a.type === b.type &&
    a.attributes.length === b.attributes.length &&
    a.attributes.every((attribute, at) => attribute === b.attributes[at])
  );
}

interface Written {
  readonly type: unknown;
  readonly attributes: unknown;
  readonly name?: unknown;
}

function spelledOut(input: unknown): Written {
  if (typeof input !== 'object' || input === null)
    throw new IndexError('an index is described by an object: { type, attributes } or { attribute, ordered }');
  if ('attribute' in input) {
    return { type: 'ordered' in input && input.ordered === true ? 'SORTED' : 'HASH', attributes: [input.attribute] };
  }
  return {
    type: 'type' in input ? input.type : undefined,
    attributes: 'attributes' in input ? input.attributes : undefined,
    ...('name' in input ? { name: input.name } : {}),
  };
}

function isType(type: unknown): type is IndexType {
  return typeof type === 'string' && TYPES.includes(type);
}
