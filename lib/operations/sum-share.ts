/** Parts that are added up, and parts that only say that something was done. */
import type { MemberShare } from './member-share.ts';

export const sum = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);

/** Of a verb without arguments. */
export const NO_ARGUMENTS: Pick<MemberShare<undefined, unknown, unknown>, 'toWire' | 'fromWire'> = {
  toWire: () => undefined,
  fromWire: () => undefined,
};

/** Of a verb without an answer. */
export const nothing = (): void => undefined;
