/** The plan of a request as a tree for people: what is done first is furthest in. */
import type { Bound } from '../plan/bound-condition.ts';
import { conditionOf, conditionText, conjunction, conjunctionText } from './condition-text.ts';
import type { Condition } from '../conditions/condition.ts';
import type { OrderPlan } from '../order/ordered-rows.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { OrderBy, QueryRequest } from '../source/request.ts';
import type { ListRoute, Route, ScanRoute } from '../plan/route.ts';
import { looksAtEntries } from '../plan/route.ts';
import { grouped } from './explain-text.ts';
import { selectionOf } from '../plan/selection.ts';

/** A node before its actual rows are known. */
export interface PlanDraft {
  readonly operation: string;
  readonly detail: string;
  readonly estimatedRows: number;
  /** How to know the actual rows: count the condition's matches, or what is left of the child's rows, or visits of the walk. */
  readonly rows: Condition | 'page' | 'visits';
  readonly children: readonly PlanDraft[];
}

export function draftPlan(
  context: QueryContext,
  root: Bound,
  route: Route,
  order: OrderPlan | undefined,
  request: QueryRequest,
): PlanDraft {
  const { statistics } = context;
  const matches = statistics.rows(root);
  const { offset = 0, limit = Infinity, orderBy = [] } = request;
  const rows = Math.max(0, Math.min(matches - offset, limit));
  if (order?.kind === 'walk') {
    const { index, descending, residual, within, visits } = order.walk;
    const direction = descending ? 'downwards' : 'upwards';
    const inside = within === undefined ? '' : `, ${within.condition.text}`;
    const walk: PlanDraft = {
      operation: `walk ${index.definition.name}`,
      detail: direction + inside,
      estimatedRows: visits,
      rows: 'visits',
      children: [],
    };
    return {
      operation: pageText(request),
      detail: residual.length === 0 ? '' : `that match ${conjunctionText(residual)}`,
      estimatedRows: rows,
      rows: 'page',
      children: [walk],
    };
  }
  const tree = route.kind === 'scan' ? draftScan(context, route, root) : draftList(context, route, root);
  if (orderBy.length === 0 && offset === 0 && limit === Infinity) return tree;
  const detail = order === undefined || orderBy.length === 0 ? '' : `${order.kind}, by ${order.by}`;
  return { operation: pageText(request), detail, estimatedRows: rows, rows: 'page', children: [tree] };
}

function draftScan(context: QueryContext, { selection, residual }: ScanRoute, root: Bound): PlanDraft {
  const { statistics, source } = context;
  const matches = statistics.rows(root);
  if (root.kind === 'constant')
    return {
      operation: root.value ? 'all entries' : 'no entries',
      detail: '',
      estimatedRows: matches,
      rows: conditionOf(root),
      children: [],
    };
  if (selection === undefined) {
    return { operation: 'entry scan', detail: conjunctionText([root]), estimatedRows: matches, rows: conditionOf(root), children: [] };
  }
  const selected = (root.kind === 'all' ? root.terms : [root]).filter((term) => selectionOf(term) !== undefined);
  let estimated = source.size;
  for (const term of selected) estimated *= statistics.selectivity(term);
  const scan: PlanDraft = {
    operation: 'column scan',
    detail: conjunctionText(selected),
    estimatedRows: estimated,
    rows: conjunction(selected.map(conditionOf)),
    children:
      selected.length === 1 && selected[0]!.kind === 'attribute'
        ? []
        : selected.slice(0, CHILDREN_MAX).map((term) => draftSelected(context, term)),
  };
  return residual.length === 0 ? scan : draftFilter(scan, residual, matches, conditionOf(root));
}

function draftSelected(context: QueryContext, bound: Bound): PlanDraft {
  const common = { detail: conjunctionText([bound]), estimatedRows: context.statistics.rows(bound), rows: conditionOf(bound) };
  if (bound.kind === 'attribute') return { operation: `column ${bound.condition.attribute.text}`, ...common, children: [] };
  const terms = bound.kind === 'all' || bound.kind === 'any' ? bound.terms : [];
  return { operation: bound.kind, ...common, children: terms.slice(0, CHILDREN_MAX).map((term) => draftSelected(context, term)) };
}

function draftList(context: QueryContext, route: ListRoute, root: Bound): PlanDraft {
  const { statistics } = context;
  let list: PlanDraft;
  if (route.kind === 'index') {
    const { use, estimate } = route;
    const conditions = use.terms.map((term) => term.condition);
    const detail = conditionText(conjunction(conditions));
    const operation = `index ${use.index.definition.name}`;
    list = {
      operation,
      detail: estimate.exact ? detail : `${detail} (candidates)`,
      estimatedRows: estimate.count,
      rows: conjunction(conditions),
      children: [],
    };
  } else {
    const { bound, routes } = route;
    const children = routes.slice(0, CHILDREN_MAX).map((branch, i) => draftList(context, branch, bound.terms[i]!));
    list = {
      operation: 'union',
      detail: `${grouped(routes.length)} lists`,
      estimatedRows: route.candidates,
      rows: bound.condition,
      children,
    };
  }
  return route.residual.length === 0 ? list : draftFilter(list, route.residual, statistics.rows(root), conditionOf(root));
}

function draftFilter(child: PlanDraft, residual: readonly Bound[], estimatedRows: number, condition: Condition): PlanDraft {
  const operation = looksAtEntries(residual) ? 'filter entries' : 'filter';
  return { operation, detail: conjunctionText(residual), estimatedRows, rows: condition, children: [child] };
}

/** Children shown of a node. */
const CHILDREN_MAX = 20;

function pageText({ orderBy = [], offset = 0, limit = Infinity }: QueryRequest): string {
  const by = orderBy.map(orderText).join(', ');
  const from = offset === 0 ? '' : ` after ${grouped(offset)}`;
  if (limit === Infinity) return offset === 0 ? `sort by ${by}` : by === '' ? `all${from}` : `sort by ${by}, all${from}`;
  return `${by === '' ? 'first' : 'top'} ${grouped(limit)}${from}${by === '' ? '' : ` by ${by}`}`;
}

function orderText({ attribute, direction }: OrderBy): string {
  return direction === 'asc' ? attribute.text : `${attribute.text} desc`;
}
