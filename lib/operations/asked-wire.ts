/** What a query asks for, as it travels to other members. */
import type { Attribute } from '../../grammar/ast.ts';
import type { Direction } from '../api/query.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { attributeOf } from '../query/predicates/parsed.ts';
import { conditionFromWire, conditionToWire } from '../query/predicates/wire.ts';
import type { Wanted } from '../query/query-engine.ts';
import type { QueryRequest } from '../query/source/request.ts';
import type { ArrivedAt } from './home.ts';

export interface Asked {
  readonly condition: Condition;
  readonly request: QueryRequest | undefined;
}

type RequestWire = readonly [
  orderBy: readonly (readonly [path: string, direction: Direction])[],
  limit: number | undefined,
  offset: number | undefined,
];
type AskedWire = readonly [condition: string, request: RequestWire | undefined];

/** All but partitions, which go along with the call, and the signal. */
export function askedToWire({ condition, request }: Asked): AskedWire {
  return [conditionToWire(condition), request && requestToWire(request)];
}

export function askedFromWire(wire: unknown, { signal }: ArrivedAt): Asked {
  const [condition, request] = wire as AskedWire;
  return { condition: conditionFromWire(condition), request: { ...(request && requestFromWire(request)), signal } };
}

function requestToWire({ orderBy = [], limit, offset }: QueryRequest): RequestWire {
  return [orderBy.map(({ attribute, direction }) => [attribute.text, direction] as const), limit, offset];
}

function requestFromWire([orderBy, limit, offset]: RequestWire): QueryRequest {
  return { orderBy: orderBy.map(([path, direction]) => ({ attribute: attributeOf(path), direction })), limit, offset };
}

export function wantedToWire(wanted: Wanted): string | readonly string[] {
  return typeof wanted === 'string' ? wanted : wanted.map((attribute: Attribute) => attribute.text);
}

export function wantedFromWire(wire: unknown): Wanted {
  return typeof wire === 'string' ? (wire as 'values') : (wire as readonly string[]).map(attributeOf);
}
