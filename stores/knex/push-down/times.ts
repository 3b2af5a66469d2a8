/**
 * Columns of timestamps.
 *
 * The map keeps times to the millisecond below, so one of its times is a whole millisecond of the database's: `= t` is `>= t AND < t + 1 ms`. The
 * database's infinities are numbers to the map: a Date compares with none of them, a number or the text 'infinity' with both.
 */
import { holds } from '../../../grammar/comparison.ts';
import { numberIn, timeIn } from '../../../grammar/text-values.ts';
import { formatTimestamp } from '../formats.ts';
import { FALSE, allOf, anyOf, type Bindings, type Fragment } from './fragments.ts';
import { foldInteger, type Folded } from './numbers.ts';
import { ordered, type Constant, type Subject } from './subject.ts';

/** 4713-11-24 BC, where PostgreSQL's times begin, and the last time of a Date, in epoch milliseconds. */
const FIRST_MS = -210_866_803_200_000n;
const LAST_MS = 8_639_999_999_999_999n;

/** From a time up to another, the latter left out; undefined: no bound. */
interface Span {
  readonly from: bigint | undefined;
  readonly to: bigint | undefined;
}

export function timestampSubject(column: string, type: 'timestamptz' | 'timestamp', bindings: Bindings): Subject {
  const time = (ms: bigint): string => {
    const text = formatTimestamp(new Date(Number(ms)));
    return bindings.bind(type === 'timestamp' ? text.replace('Z', '') : text, type);
  };
  const within = ({ from, to }: Span, up: boolean, down: boolean): Fragment => {
    const low = from !== undefined ? [`${column} >= ${time(from)}`] : down ? [] : [`${column} > '-infinity'`];
    const high = to !== undefined ? [`${column} < ${time(to)}`] : up ? [] : [`${column} < 'infinity'`];
    return low.length + high.length === 0 ? `${column} IS NOT NULL` : allOf([...low, ...high]);
  };
  return {
    isNull: `${column} IS NULL`,
    isNotNull: `${column} IS NOT NULL`,
    compare(operator, constant) {
      const finite = timeConstant(constant);
      const infinite = infinityConstant(constant);
      const up = infinite !== undefined && holds(operator, signOf(Infinity, infinite));
      const down = infinite !== undefined && holds(operator, signOf(-Infinity, infinite));
      const spans = finite === undefined ? [] : spansOf(foldInteger(operator, finite, FIRST_MS, LAST_MS));
      const parts = spans.map((span) => within(span, up, down));
      if (up && !spans.some(({ to }) => to === undefined)) parts.push(`${column} = 'infinity'`);
      if (down && !spans.some(({ from }) => from === undefined)) parts.push(`${column} = '-infinity'`);
      return parts.length === 0 ? FALSE : anyOf(parts);
    },
    like: () => FALSE,
    order: (direction, last) => ({
      // Finer than a millisecond the map sees no difference, and goes by what comes next.
      terms: [ordered(last ? column : `date_trunc('milliseconds', ${column})`, direction)],
      misplaced: `${column} = 'infinity'`,
    }),
  };
}

function spansOf(folded: Folded): readonly Span[] {
  if (folded === 'none') return [];
  if (folded === 'all') return [{ from: undefined, to: undefined }];
  const { operator, bound } = folded;
  const next = bound + 1n;
  switch (operator) {
    case '=':
      return [{ from: bound, to: next }];
    case '!=':
      return [
        { from: undefined, to: bound },
        { from: next, to: undefined },
      ];
    case '<':
      return [{ from: undefined, to: bound }];
    case '<=':
      return [{ from: undefined, to: next }];
    case '>':
      return [{ from: next, to: undefined }];
    case '>=':
      return [{ from: bound, to: undefined }];
  }
}

/** The constant beside a Date: epoch milliseconds. */
function timeConstant(constant: Constant): number | bigint | undefined {
  switch (typeof constant) {
    case 'string':
      return timeIn(constant);
    case 'number':
    case 'bigint':
      return constant;
    case 'boolean':
      return undefined;
    default:
      return Number.isNaN(constant.getTime()) ? undefined : constant.getTime();
  }
}

/** The constant beside an infinity, which is a number. */
function infinityConstant(constant: Constant): number | bigint | undefined {
  if (typeof constant === 'string') return numberIn(constant);
  return typeof constant === 'number' || typeof constant === 'bigint' ? constant : undefined;
}

/** Of the comparison, NaN above all. */
function signOf(a: number, b: number | bigint): number {
  if (Number.isNaN(b)) return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
