/**
 * Who calls this member, and which of their calls have ended.
 *
 * A caller numbers its calls, in lines, and says with each call below which number all have ended. So nobody waits for those any more: one that arrives
 * late is refused, and what was answered need not be remembered.
 */
import type { ClusterView } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';

export interface CallerLine {
  readonly caller: MemberId;
  readonly line: number;
  /** All calls below have ended. */
  doneBelow: number;
  /** The caller has left. */
  isGone: boolean;
}

interface Caller {
  readonly lines: Map<number, CallerLine>;
  /** A view of at least this version knows whether it is a member. */
  knownAt: number;
}

export class Callers {
  readonly #callers = new Map<MemberId, Caller>();

  /** The line of a caller who is a member of the view, or has been named by a member with a newer view; else `undefined`. */
  line(caller: MemberId, line: number, view: ClusterView, namedAt = 0): CallerLine | undefined {
    let known = this.#callers.get(caller);
    if (known === undefined) {
      const isMember = view.members.some((member) => member.id === caller);
      if (!isMember && namedAt <= view.version) return undefined;
      this.#callers.set(caller, (known = { lines: new Map(), knownAt: isMember ? view.version : namedAt }));
    }
    let found = known.lines.get(line);
    if (found === undefined) known.lines.set(line, (found = { caller, line, doneBelow: 0, isGone: false }));
    return found;
  }

  /** Forgets those who have left; whether there were any. */
  follow(view: ClusterView): boolean {
    let someLeft = false;
    for (const [id, caller] of this.#callers) {
      if (caller.knownAt > view.version || view.members.some((member) => member.id === id)) continue;
      this.#callers.delete(id);
      for (const line of caller.lines.values()) line.isGone = true;
      someLeft = true;
    }
    return someLeft;
  }
}
