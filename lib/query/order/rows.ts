/** The rows of a request, ordered or not, paged or not, as an array. */
import type { Condition } from '../conditions/condition.ts';
import type { Emit } from '../execute/emit.ts';
import { Gatherer } from '../execute/gather.ts';
import { type Pauses, collect } from '../execute/matches.ts';
import { orderedRows } from './ordered-rows.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { QueryRequest } from '../source/request.ts';
import type { Work } from '../execute/work.ts';

/** More rows than `sizeMax` are an error: ERR_QUERY_RESULT_SIZE. */
export function* rowsOf<R>(
  context: QueryContext,
  condition: Condition,
  request: QueryRequest,
  emit: Emit<R>,
  sizeMax: number,
  pauses: Pauses,
): Work<R[]> {
  const { offset = 0, limit = Infinity } = request;
  if (isOrdered(request) || (isPage(request) && context.prepare(condition).route().kind !== 'scan')) {
    return yield* orderedRows(context, condition, request, emit, sizeMax, pauses);
  }
  // A gatherer can always go on, so there is a result.
  return (yield* collect(context, condition, new Gatherer(emit, offset, limit, sizeMax), request, pauses))!.result;
}

export function isOrdered({ orderBy }: QueryRequest): boolean {
  return orderBy !== undefined && orderBy.length > 0;
}

/** Pages must fit together, whatever the route: a scan gives slots in their order, and lists of indexes are brought into it. */
function isPage({ offset = 0, limit = Infinity }: QueryRequest): boolean {
  return offset > 0 || limit < Infinity;
}
