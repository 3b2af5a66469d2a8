/**
 * Whether what was observed of concurrent calls could have come from calls one after the other.
 *
 * Each call is known by when it was made and when it returned; it took effect at one moment in between. The search tries, at each point, every
 * call that may be next (none that is left over returned before it was made), and remembers which sets of calls led to which state in vain.
 *
 * References: J. Wing, C. Gong, Testing and Verifying Concurrent Objects (1993); G. Lowe, Testing for linearizability (2017), for the memory.
 */

export interface Observed {
  /** Moments, from a counter: no two events share one. */
  readonly made: number;
  /** `Infinity`: never returned, may take effect at any time or not at all. */
  readonly returned: number;
}

/** What sequential calls do. */
export interface SequentialModel<S, C> {
  readonly initial: S;
  /** The states in which the call may leave the object if it answers as observed; none when it can't answer so. */
  after(state: S, call: C): readonly S[];
  /** Equal texts for equal states. */
  spell(state: S): string;
}

/** An order in which the calls explain themselves; `undefined` when there is none. */
export function linearization<S, C extends Observed>(calls: readonly C[], model: SequentialModel<S, C>): C[] | undefined {
  const sorted = calls.toSorted((a, b) => a.made - b.made);
  const vain = new Set<string>();
  const order: C[] = [];
  const search = (left: readonly C[], state: S): boolean => {
    if (left.every(({ returned }) => returned === Infinity)) return true;
    const point = `${left.map((call) => call.made).join()} ${model.spell(state)}`;
    if (vain.has(point)) return false;
    const firstReturn = Math.min(...left.map(({ returned }) => returned));
    for (const call of left) {
      if (call.made > firstReturn) break;
      order.push(call);
      const rest = left.filter((one) => one !== call);
      for (const next of model.after(state, call)) if (search(rest, next)) return true;
      order.pop();
    }
    vain.add(point);
    return false;
  };
  return search(sorted, model.initial) ? order : undefined;
}
