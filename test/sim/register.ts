/** Calls on one key as they were observed, and what a key that loses nothing answers to them one after the other. */
import { isLinearizable } from '../kit/linearizable-fast.ts';
import type { Observed, SequentialModel } from '../kit/linearizable.ts';

export type RegisterKind = 'get' | 'put' | 'putIfAbsent' | 'replaceIfSame' | 'remove' | 'removeIfSame';

/** Everything that can be asked of a key; `lost` is not a call: all replicas were lost then, and the key is gone. */
export interface RegisterCall extends Observed {
  readonly kind: RegisterKind | 'lost';
  readonly key: string;
  /** What is put, or must be there. */
  readonly a: number;
  /** What is put where `a` is there. */
  readonly b: number;
  /** `undefined`: not told. */
  readonly answer: number | null | boolean | undefined;
  readonly who: string;
}

type Answer = number | null | boolean;

/** The new state, and the answer. */
export function applyToRegister(
  state: number | null,
  { kind, a, b }: Pick<RegisterCall, 'kind' | 'a' | 'b'>,
): readonly [number | null, Answer] {
  switch (kind) {
    case 'get':
      return [state, state];
    case 'put':
      return [a, state];
    case 'putIfAbsent':
      return state === null ? [a, null] : [state, state];
    case 'replaceIfSame':
      return state === a ? [b, true] : [state, false];
    case 'remove':
      return [null, state];
    case 'removeIfSame':
      return state === a ? [null, true] : [state, false];
    case 'lost':
      return [null, null];
  }
}

const REGISTER: SequentialModel<number | null, RegisterCall> = {
  initial: null,
  after(state, call) {
    const [next, answer] = applyToRegister(state, call);
    return call.returned === Infinity || call.answer === undefined || answer === call.answer ? [next] : [];
  },
  spell: String,
};

export interface Times {
  /** When every replica was lost. */
  readonly losses: readonly number[];
  /** When calls that were under way may have been done twice: their kept answers were lost, and their caller asked again. */
  readonly repeats?: readonly number[];
}

/**
 * Whether a key's history explains itself. After a loss the key may be gone. A call that may have been done twice counts twice, once with an unknown
 * outcome. What happened from `untilMs` on is not looked at: an asynchronous
 * backup took over then, with what it had.
 */
export function explains(calls: readonly RegisterCall[], times: Times, untilMs = Infinity): boolean | undefined {
  const early = untilMs === Infinity ? calls : calls.filter(({ made }) => made < untilMs);
  const useful = early
    .map((call) => (call.returned < untilMs ? call : { ...call, returned: Infinity }))
    .filter(({ kind, returned }) => kind !== 'get' || returned !== Infinity);
  const { losses, repeats = [] } = times;
  const gone = losses.map((made): RegisterCall => ({
    kind: 'lost',
    key: '',
    a: 0,
    b: 0,
    answer: undefined,
    made,
    returned: Infinity,
    who: '',
  }));
  const spans = ({ made, returned }: RegisterCall): boolean => repeats.some((time) => made < time && returned > time);
  const twice = useful.filter((call) => call.kind !== 'get' && spans(call));
  return isLinearizable([...useful, ...gone, ...twice.map((call) => ({ ...call, returned: Infinity }))], REGISTER);
}

/** Says when a history that does not explain itself went wrong, with the calls about that time. */
export function accusation(calls: readonly RegisterCall[], times: Times, untilMs = Infinity): string {
  const returns = calls
    .map(({ returned }) => returned)
    .filter((returned) => returned < untilMs)
    .toSorted((a, b) => a - b);
  let right = -1;
  let wrong = returns.length - 1;
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    if (explains(calls, times, returns[middle]! + 1e-6) === false) wrong = middle;
    else right = middle;
  }
  const time = returns[wrong] ?? 0;
  const about = calls.filter(
    ({ made, returned, kind }) => made <= time && (returned >= time - 200 || (returned === Infinity && kind !== 'get')),
  );
  const lines = about.slice(-25).map(({ who, kind, a, b, answer, made, returned }) => {
    const end = returned === Infinity ? 'never' : returned.toFixed(3);
    return `    ${made.toFixed(3)} - ${end} ${who} ${kind} ${a} ${b}: ${returned === Infinity ? '?' : String(answer)}`;
  });
  return [`at ${time.toFixed(3)} it can't be explained any more:`, ...lines].join('\n');
}
