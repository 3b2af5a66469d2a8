/** `Predicates.paging`: one page of what matches, in a stable order (M40). */
import type { Direction, Ordering, PagingPredicate, PartitionPredicate, Predicate } from '../../api/predicate.ts';
import { PredicateParametersError } from '../../errors.ts';
import { attributeOf } from './parsed.ts';

interface Page {
  readonly predicate: PagingPredicate['predicate'];
  readonly pageSize: number;
  readonly pageNumber: number;
  readonly order: readonly Ordering[];
}

export class PagingPredicateObject implements PagingPredicate {
  readonly kind = 'paging';
  readonly predicate: Predicate | PartitionPredicate | undefined;
  readonly pageSize: number;
  readonly pageNumber: number;
  readonly order: readonly Ordering[];

  /** Throws PredicateParametersError for a page size that is no whole number above 0, or a page number below 0. */
  constructor({ predicate, pageSize, pageNumber, order }: Page) {
    this.predicate = predicate;
    this.pageSize = wholeNumber(pageSize, 1, 'the page size');
    this.pageNumber = wholeNumber(pageNumber, 0, 'the page number');
    this.order = Object.freeze([...order]);
    Object.freeze(this);
  }

  page(pageNumber: number): PagingPredicateObject {
    const { predicate, pageSize, order } = this;
    return new PagingPredicateObject({ predicate, pageSize, pageNumber, order });
  }

  nextPage(): PagingPredicateObject {
    return this.page(this.pageNumber + 1);
  }

  previousPage(): PagingPredicateObject {
    return this.page(Math.max(0, this.pageNumber - 1));
  }

  /** Throws PredicateSyntaxError when `path` is none. */
  orderBy(path: string, direction: Direction = 'asc'): PagingPredicateObject {
    const ordering = Object.freeze({ path: attributeOf(path).text, direction: directionOf(direction) });
    const { predicate, pageSize, pageNumber, order } = this;
    return new PagingPredicateObject({ predicate, pageSize, pageNumber, order: [...order, ordering] });
  }
}

function wholeNumber(value: number, min: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new PredicateParametersError(`${what} must be a whole number from ${min}, not ${String(value)}`);
}

function directionOf(direction: string): Direction {
  if (direction === 'asc' || direction === 'desc') return direction;
  throw new PredicateParametersError(`the direction must be 'asc' or 'desc', not '${direction}'`);
}
