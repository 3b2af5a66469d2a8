/** The rows every engine of the benchmark is given: the same for the same seed on every machine. */

export interface Employee {
  readonly id: number;
  readonly name: string;
  readonly surname: string;
  readonly age: number;
  readonly active: boolean;
  readonly salary: number;
  readonly dept: string;
  readonly city: string;
  /** Epoch milliseconds. */
  readonly hired: number;
  readonly address: { readonly zip: string; readonly country: string };
}

/** mulberry32: uniform in [0, 1), 32 bits of state. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const JO = 'Joe John Josh Joseph Jon Jonas Jordan Jose Joan Joanna Joyce Joel Jody Joy Johan Jorge Joss Josie Jolene Joachim'.split(' ');
const ONSETS = 'B D F G H K L M N P R S T V W Z Br Ch Kr St'.split(' ');
const VOWELS = 'a e i o u ai ea'.split(' ');
const CODAS = 'n l r s t m nd ck'.split(' ');
const COUNTRIES = 'NO SE DK FI IS DE FR NL BE LU ES PT IT GR PL CZ SK HU AT CH GB IE EE LV LT US CA MX BR AR'.split(' ');

/** `count` different made-up names. */
function madeUpNames(count: number, seed: number, ending: string): string[] {
  const random = randomFrom(seed);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  const names = new Set<string>();
  while (names.size < count) {
    const middle = random() < 0.6 ? pick(VOWELS) + pick(CODAS) : '';
    names.add(pick(ONSETS) + pick(VOWELS) + pick(CODAS) + middle + ending);
  }
  return [...names];
}

const NAMES = [...JO, ...madeUpNames(1980, 7, '')];
const SURNAMES = madeUpNames(5000, 11, 'son');
const DEPARTMENTS = Array.from({ length: 40 }, (_, number) => `D${number}`);
const CITIES = Array.from({ length: 500 }, (_, number) => `C${number}`);
const ZIPS = Array.from({ length: 10_000 }, (_, number) => String(number).padStart(5, '0'));
const HIRED_FROM = Date.UTC(2000, 0, 1);
const HIRED_SPAN_SECONDS = 26 * 365 * 86_400;

export function employee(id: number, random: () => number): Employee {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  return {
    id,
    name: pick(NAMES),
    surname: pick(SURNAMES),
    age: 18 + Math.floor(random() * 50),
    active: random() < 0.7,
    salary: 20_000 + Math.floor(random() * 130_000),
    dept: pick(DEPARTMENTS),
    city: pick(CITIES),
    hired: HIRED_FROM + Math.floor(random() * HIRED_SPAN_SECONDS) * 1000,
    address: { zip: pick(ZIPS), country: pick(COUNTRIES) },
  };
}

export function employees(count: number, seed = 42): Employee[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, id) => employee(id, random));
}
