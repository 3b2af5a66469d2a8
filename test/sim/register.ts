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

/**
 * Whether a key's history explains itself. `losses`: when every replica was lost. A call that was under way then may have been done before, lost with
 * its kept answer, and done again: it counts twice, once with an unknown outcome. What happened from `untilMs` on is not looked at: an asynchronous
 * backup took over then, with what it had.
 */
export function explains(calls: readonly RegisterCall[], losses: readonly number[], untilMs = Infinity): boolean | undefined {
  const early = untilMs === Infinity ? calls : calls.filter(({ made }) => made < untilMs);
  const useful = early
    .map((call) => (call.returned < untilMs ? call : { ...call, returned: Infinity }))
    .filter(({ kind, returned }) => kind !== 'get' || returned !== Infinity);
  const extra = losses.flatMap((time): RegisterCall[] => {
    const twice = useful.filter(({ kind, made, returned }) => kind !== 'get' && made < time && returned > time && returned !== Infinity);
    const gone: RegisterCall = { kind: 'lost', key: '', a: 0, b: 0, answer: undefined, made: time, returned: Infinity, who: '' };
    return [gone, ...twice.map((call): RegisterCall => ({ ...call, returned: Infinity }))];
  });
  return isLinearizable([...useful, ...extra], REGISTER);
}
