/**
 * Decimals of any length against doubles, exactly.
 *
 * A JSON number is a decimal in the database and the nearest double in the map. So `x >= c` is asked as: is the decimal at or above the middle between
 * `c` and the double before it? The middle itself goes to the one of the two with an even last bit (IEEE 754, roundTiesToEven).
 */
import { holds } from '../../../grammar/comparison.ts';
import type { ComparisonOperator } from '../../../grammar/ast.ts';
import { FALSE, TRUE, allOf, anyOf, type Bindings, type Fragment } from './fragments.ts';

/** The condition that the double nearest to the numeric that `sql` gives is in the relation to `constant`. `sql` is called where it is used. */
export function compareNearest(sql: () => string, operator: ComparisonOperator, constant: number, bindings: Bindings): Fragment {
  if (Number.isNaN(constant)) return holds(operator, -1) ? TRUE : FALSE;
  const from = (limit: number): Fragment => (limit === -Infinity ? TRUE : half(sql, limit, '>', bindings));
  const below = (limit: number): Fragment => (limit === -Infinity ? FALSE : half(sql, limit, '<', bindings));
  const above = (): Fragment => (constant === Infinity ? FALSE : from(nextUp(constant)));
  const upTo = (): Fragment => (constant === Infinity ? TRUE : below(nextUp(constant)));
  switch (operator) {
    case '>=':
      return from(constant);
    case '<':
      return below(constant);
    case '>':
      return above();
    case '<=':
      return upTo();
    case '=':
      return allOf([from(constant), upTo()]);
    case '!=':
      return anyOf([below(constant), above()]);
  }
}

/** `>`: the decimals whose nearest double is `limit` or above; `<`: the others. */
function half(sql: () => string, limit: number, side: '>' | '<', bindings: Bindings): Fragment {
  const isReached = isEven(limit);
  const operator = side === '>' ? (isReached ? '>=' : '>') : isReached ? '<' : '<=';
  return `${sql()} ${operator} ${bindings.bind(middleBefore(limit), 'numeric')}`;
}

/** What a double is made of: `significand * 2 ** exponent`, and infinity as the power of two that would come next. */
interface Parts {
  readonly significand: bigint;
  readonly exponent: number;
}

const view = new DataView(new ArrayBuffer(8));
const SIGNIFICAND_BITS = 52n;
const SMALLEST_EXPONENT = -1074;

function partsOf(x: number): Parts {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const raw = Number((bits >> SIGNIFICAND_BITS) & 0x7ffn);
  const fraction = bits & ((1n << SIGNIFICAND_BITS) - 1n);
  const size = raw === 0 ? fraction : fraction | (1n << SIGNIFICAND_BITS);
  return { significand: x < 0 ? -size : size, exponent: SMALLEST_EXPONENT + Math.max(raw - 1, 0) };
}

function isEven(x: number): boolean {
  return partsOf(x).significand % 2n === 0n;
}

/** The decimal halfway between a double and the one before it. */
function middleBefore(limit: number): string {
  const [high, low] = [partsOf(limit), partsOf(nextDown(limit))];
  const exponent = Math.min(high.exponent, low.exponent);
  const sum = (high.significand << BigInt(high.exponent - exponent)) + (low.significand << BigInt(low.exponent - exponent));
  return decimal({ significand: sum, exponent: exponent - 1 });
}

function decimal({ significand, exponent }: Parts): string {
  if (exponent >= 0) return String(significand << BigInt(exponent));
  // m / 2^k is m * 5^k / 10^k.
  const digits = String((significand < 0n ? -significand : significand) * 5n ** BigInt(-exponent)).padStart(1 - exponent, '0');
  return `${significand < 0n ? '-' : ''}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

export function nextUp(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

function nextDown(x: number): number {
  return -nextUp(-x);
}
