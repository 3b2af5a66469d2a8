/** Parts that are added up, and parts that only say that something was done. */

export const sumOf = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);

/** Of a verb without an answer. */
export const allDone = (): void => undefined;
