/** Answers of changes that are made at once, or later when a store must be asked first. */

/** The answer, once the change is made. */
export function after<R>(change: void | Promise<void>, answer: R): R | Promise<R> {
  return change instanceof Promise ? change.then(() => answer) : answer;
}

/** False where there was nothing to change. */
export function elseFalse(changed: boolean | undefined | Promise<boolean | undefined>): boolean | Promise<boolean> {
  return changed instanceof Promise ? changed.then((answer) => answer ?? false) : (changed ?? false);
}

/** Goes on with an answer: now, or when it is there. */
export function goOn<T, R>(answer: T | Promise<T>, use: (answer: T) => R | Promise<R>): R | Promise<R> {
  return answer instanceof Promise ? answer.then(use) : use(answer);
}
