/**
 * Which way leads to the matches: the plan of a condition, without what is done with its matches.
 *
 * A route gives candidates and says what is still to be tested of them. It is a list from an index (the one that gives the fewest rows, of all that serve
 * the conjunction), a union of such lists (a disjunction of which every part has one), or a scan of columns. All three are costed with the same
 * figures and the cheapest is taken, so that an index is never used where scanning is faster (M43).
 */
import { BLOCK_SHIFT } from '../../columns/column.ts';
import type { IndexEstimate } from '../../indexes/index-contract.ts';
import type { Bound, BoundGroup, IndexUse } from './bound-condition.ts';
import { BLOCK_NS, COLLECT_NS, ENTRY_TEST_NS, EXTRACT_NS, SCAN_NS, SEEK_NS } from './cost.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { group, type Selection, selectionOf } from './selection.ts';
import type { Statistics } from './statistics.ts';

interface Costed {
  /** What must still be tested of the candidates, best first. */
  readonly residual: readonly Bound[];
  /** Estimated candidates. */
  readonly candidates: number;
  /** Estimated nanoseconds, residual included. */
  readonly costNs: number;
}

/** The slots of an index for conditions on its leading attributes. */
export interface IndexRoute extends Costed {
  readonly kind: 'index';
  readonly use: IndexUse;
  readonly estimate: IndexEstimate;
}

/** The slots of several lists, each once. */
export interface UnionRoute extends Costed {
  readonly kind: 'union';
  readonly bound: BoundGroup;
  readonly routes: readonly ListRoute[];
}

/** The rows of a selection, block by block; all live rows without one. */
export interface ScanRoute extends Costed {
  readonly kind: 'scan';
  readonly selection: Selection | undefined;
}

export type ListRoute = IndexRoute | UnionRoute;
export type Route = ListRoute | ScanRoute;

/** The cheapest way to the matches as of now. Good until a column's generation or `attributes.version` changes; worth less the more entries change. */
export function planRoute(bound: Bound, source: EntrySource, statistics: Statistics): Route {
  const scan = scanRoute(bound, source, statistics);
  return listRoute(bound, statistics, scan.costNs) ?? scan;
}

/** The best route by indexes that costs no more than `budgetNs`, if there is one. */
function listRoute(bound: Bound, statistics: Statistics, budgetNs: number): ListRoute | undefined {
  if (bound.kind === 'constant' || bound.kind === 'entry') return undefined;
  if (bound.kind === 'any') return unionRoute(bound, [], statistics, budgetNs);
  let best: ListRoute | undefined;
  let limitNs = budgetNs;
  const consider = (route: ListRoute | undefined): void => {
    if (route === undefined || route.costNs > limitNs) return;
    best = route;
    limitNs = route.costNs;
  };
  const terms = bound.kind === 'all' ? bound.terms : [bound];
  for (const use of bound.uses) consider(indexRoute(use, terms, statistics));
  const narrowest = narrowestAny(terms, statistics);
  if (narrowest !== undefined) consider(unionRoute(narrowest, others(terms, [narrowest]), statistics, limitNs));
  return best;
}

function indexRoute(use: IndexUse, terms: readonly Bound[], statistics: Statistics): IndexRoute | undefined {
  const estimate = use.index.estimate(use.sets);
  if (estimate === undefined) return undefined;
  // Candidates of an inexact answer are verified against the very terms that gave them.
  const residual = ordered(estimate.exact ? others(terms, use.terms) : terms, statistics);
  const candidates = estimate.count;
  return {
    kind: 'index',
    use,
    estimate,
    residual,
    candidates,
    costNs: SEEK_NS + candidates * (COLLECT_NS + residualNs(residual, statistics)),
  };
}

/** The disjunction with the fewest matches. Only that one is tried as a union: trying each of thousands would be quadratic. */
function narrowestAny(terms: readonly Bound[], statistics: Statistics): BoundGroup | undefined {
  let narrowest: BoundGroup | undefined;
  for (const term of terms) {
    if (term.kind === 'any' && (narrowest === undefined || statistics.rows(term) < statistics.rows(narrowest))) narrowest = term;
  }
  return narrowest;
}

function unionRoute(bound: BoundGroup, rest: readonly Bound[], statistics: Statistics, budgetNs: number): UnionRoute | undefined {
  const routes: ListRoute[] = [];
  const residual = ordered(rest, statistics);
  const perRowNs = COLLECT_NS + residualNs(residual, statistics);
  let candidates = 0;
  let costNs = SEEK_NS;
  for (const term of bound.terms) {
    const route = listRoute(term, statistics, budgetNs - costNs);
    if (route === undefined) return undefined;
    routes.push(route);
    const rows = statistics.rows(term);
    candidates += rows;
    costNs += route.costNs + rows * perRowNs;
    if (costNs > budgetNs) return undefined;
  }
  return { kind: 'union', bound, routes, residual, candidates, costNs };
}

/** The way that is always open. */
export function scanRoute(bound: Bound, source: EntrySource, statistics: Statistics): ScanRoute {
  const terms = bound.kind === 'all' ? bound.terms : [bound];
  const selected: Bound[] = [];
  const parts: Selection[] = [];
  const left: Bound[] = [];
  for (const term of terms) {
    const part = selectionOf(term);
    if (part !== undefined) {
      parts.push(part);
      selected.push(term);
    }
    if (part === undefined || !part.exact) if (term.kind !== 'constant' || !term.value) left.push(term);
  }
  const selection = group('all', parts, left.length === 0);
  const residual = ordered(left, statistics);
  let candidates = source.size;
  // Candidates of an inexact part are a few more than its matches: near enough.
  for (const term of selected) candidates *= statistics.selectivity(term);
  const blocks = source.top >>> BLOCK_SHIFT;
  const rowNs = selection?.costNs ?? 0;
  const costNs = SCAN_NS + blocks * BLOCK_NS + source.top * rowNs + candidates * (EXTRACT_NS + residualNs(residual, statistics));
  return { kind: 'scan', selection, residual, candidates, costNs };
}

/** The order in which to test: what throws most out for its cost comes first (Hellerstein and Stonebraker, predicate migration, 1993). */
function ordered(terms: readonly Bound[], statistics: Statistics): readonly Bound[] {
  if (terms.length < 2) return terms;
  const rank = new Map(terms.map((term) => [term, (statistics.selectivity(term) - 1) / Math.max(1, term.testNs)]));
  return [...terms].sort((a, b) => rank.get(a)! - rank.get(b)!);
}

/** Cost per candidate of testing the terms one after the other. */
function residualNs(terms: readonly Bound[], statistics: Statistics): number {
  let ns = 0;
  let share = 1;
  for (let i = 0; i < terms.length; i++) {
    ns += share * terms[i]!.testNs;
    if (i < terms.length - 1) share *= statistics.selectivity(terms[i]!);
  }
  return ns;
}

function others(terms: readonly Bound[], without: readonly Bound[]): readonly Bound[] {
  return terms.filter((term) => !without.includes(term));
}

/** Whether some candidates' entries will be looked at. */
export function looksAtEntries(residual: readonly Bound[]): boolean {
  return residual.some((term) => term.testNs >= ENTRY_TEST_NS);
}
