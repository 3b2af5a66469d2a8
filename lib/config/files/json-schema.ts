/** The option table as a JSON schema (2020-12), so that editors complete and check YAML and JSON files. */
import { INDEX_OPTIONS, INSTANCE_OPTIONS, MODULE_OPTIONS, type Option, type OptionTable } from '../option-table.ts';

type Schema = Readonly<Record<string, unknown>>;

/** A text that refers to the environment may stand for any value. */
const REFERENCE: Schema = { type: 'string', pattern: '\\$\\{[^}]+\\}' };

export function configSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Cobnut',
    description: 'The configuration of an instance. `${NAME}` and `${NAME:default}` stand for environment variables.',
    ...objectOf(INSTANCE_OPTIONS),
  };
}

function objectOf(table: OptionTable): Schema {
  const inFiles = Object.entries(table).filter(([, option]) => option.inFiles !== false && (option.kind !== 'part' || option.module));
  return {
    type: 'object',
    properties: Object.fromEntries(inFiles.map(([name, option]) => [name, schemaOf(option)])),
    additionalProperties: false,
  };
}

function schemaOf(option: Option): Schema {
  const { doc: description, fallback } = option;
  return { ...kindOf(option), description, ...(fallback !== undefined && { default: fallback }) };
}

function kindOf(option: Option): Schema {
  switch (option.kind) {
    case 'number': {
      const number: Schema = { type: option.whole === true ? 'integer' : 'number', minimum: option.min, maximum: option.max };
      return { anyOf: [number, ...(option.orInfinity === true ? [{ const: 'Infinity' }] : []), REFERENCE] };
    }
    case 'flag':
      return { anyOf: [{ type: 'boolean' }, REFERENCE] };
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'choice':
      return { anyOf: [{ enum: option.of }, REFERENCE] };
    case 'texts':
      return { type: 'array', items: { type: 'string', minLength: 1 } };
    case 'properties':
      return { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };
    case 'part':
      return {
        anyOf: [
          { type: 'string', minLength: 1 },
          { ...objectOf(MODULE_OPTIONS), required: ['module'] },
        ],
      };
    case 'group':
      return objectOf(option.options);
    case 'list':
      return { type: 'array', items: option.options === INDEX_OPTIONS ? INDEX : objectOf(option.options) };
    case 'named':
      return { type: 'object', propertyNames: { minLength: 1 }, additionalProperties: objectOf(option.options) };
  }
}

/** An index is written in one way or the other. */
const { attribute, ordered, type, attributes, name } = INDEX_OPTIONS;
const INDEX: Schema = {
  anyOf: [
    { ...objectOf({ attribute, ordered }), required: ['attribute'] },
    { ...objectOf({ type, attributes, name }), required: ['type', 'attributes'] },
  ],
};
