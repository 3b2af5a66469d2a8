/**
 * Calls on partitions that this member is primary of: each is run once, and answered when everything it saw or did is committed.
 *
 * A primary that can't reach its backups, or has been replaced without knowing, changes its memory and answers nothing: what is not committed, nobody
 * has seen.
 */
import type { Membership } from '../cluster/membership.ts';
import type { CallerLine, Callers } from './callers.ts';
import type { Kept } from './kept-answers.ts';
import type { PrimaryGroup } from './primary-group.ts';
import { type CallId, NotServedError, type ProtocolRules, type ServedCall } from './replication.ts';

export interface CallsParts {
  readonly membership: Membership;
  readonly rules: ProtocolRules;
  readonly callers: Callers;
  group(partition: number): PrimaryGroup | undefined;
}

export class Calls {
  readonly #parts: CallsParts;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  serve<R>(call: ServedCall, run: () => R | Promise<R>): R | Promise<R> {
    const { membership, rules } = this.#parts;
    const group = this.#parts.group(call.partition);
    if (group === undefined || (group.term !== call.term && rules.termCheck)) return this.#elsewhere(call, run);
    if (group.phase !== 'serving') {
      if (group.phase !== 'frozen') return group.promoted().then(() => this.serve(call, run));
      if (rules.freeze) throw this.#notServed();
    }
    if (!membership.mayServe()) throw this.#notServed();
    return call.id === undefined || !rules.dedupe ? this.#run(group, call, run) : this.#once(group, call, call.id, run);
  }

  /** The caller may know a newer view. */
  #elsewhere<R>(call: ServedCall, run: () => R | Promise<R>): Promise<R> {
    const { membership } = this.#parts;
    if (call.term <= membership.view.version) throw this.#notServed();
    return membership.atLeast(call.term).then(() => {
      if (call.term > membership.view.version) throw this.#notServed();
      return this.serve(call, run);
    });
  }

  #run<R>(group: PrimaryGroup, call: ServedCall, run: () => R | Promise<R>): R | Promise<R> {
    let answer: R | Promise<R>;
    try {
      answer = run();
    } catch (error) {
      return this.#fail(group, call, error);
    }
    if (!(answer instanceof Promise)) return this.#give(group, this.#need(group, call), answer);
    group.running++;
    return answer.then(
      (value) => {
        group.ran();
        return this.#give(group, this.#need(group, call), value);
      },
      (error: unknown) => {
        group.ran();
        return this.#fail(group, call, error);
      },
    );
  }

  /** Runs a call, unless that was done or is being done. */
  #once<R>(group: PrimaryGroup, call: ServedCall, id: CallId, run: () => R | Promise<R>): R | Promise<R> {
    const { membership, callers } = this.#parts;
    const line = callers.line(id.caller, id.line ?? 0, membership.view);
    if (line === undefined) return this.#unknown(call, id, run);
    if (id.doneBelow > line.doneBelow) line.doneBelow = id.doneBelow;
    if (id.number < line.doneBelow) throw this.#notServed();
    const known = group.answers.find(line, id.number);
    if (known !== undefined) return (known.running as Promise<R> | undefined) ?? this.#give(group, known.seq, known.answer as R);
    let answer: R | Promise<R>;
    try {
      answer = run();
    } catch (error) {
      return this.#fail(group, call, error);
    }
    const kept: Kept = { number: id.number, seq: 0, answer: undefined, running: undefined };
    if (!(answer instanceof Promise)) return this.#keep(group, call, id, line, kept, answer);
    group.running++;
    group.answers.add(line, kept);
    const running = answer.then(
      (value) => {
        group.ran();
        group.answers.remove(line, kept);
        return this.#keep(group, call, id, line, kept, value);
      },
      (error: unknown) => {
        group.ran();
        group.answers.remove(line, kept);
        return this.#fail(group, call, error);
      },
    );
    kept.running = running;
    return running;
  }

  #keep<R>(group: PrimaryGroup, call: ServedCall, id: CallId, line: CallerLine, kept: Kept, answer: R): R | Promise<R> {
    if (group.phase === 'ended') throw this.#notServed();
    kept.running = undefined;
    kept.answer = answer;
    kept.seq = this.#need(group, call);
    if (this.#parts.rules.dedupeNoEffect || group.dirty) group.answers.add(line, kept);
    group.answered(id, kept);
    return this.#give(group, kept.seq, answer);
  }

  /** Who calls is not known: it has joined just now, or it has left. */
  async #unknown<R>(call: ServedCall, id: CallId, run: () => R | Promise<R>): Promise<R> {
    const { membership, callers } = this.#parts;
    await membership.refresh();
    if (callers.line(id.caller, id.line ?? 0, membership.view) === undefined) throw this.#notServed();
    return this.serve(call, run);
  }

  /** The batch that must be committed before a call is answered that has been run now. */
  #need(group: PrimaryGroup, call: ServedCall): number {
    const pending = call.pending();
    return this.#parts.rules.gate || pending > group.line.seq ? pending : 0;
  }

  #give<R>(group: PrimaryGroup, seq: number, answer: R): R | Promise<R> {
    const need = this.#gate(group, seq);
    if (need <= group.line.committed || need === 0) {
      this.#check(group);
      return answer;
    }
    return group.line.until(need).then(() => {
      this.#check(group);
      return answer;
    });
  }

  /** An error may tell of what is not committed, as an answer does. */
  #fail(group: PrimaryGroup, call: ServedCall, error: unknown): Promise<never> {
    if (error instanceof NotServedError || group.phase === 'ended') throw error;
    const need = this.#gate(group, this.#need(group, call));
    if (need <= group.line.committed || need === 0) throw error;
    return group.line.until(need).then(() => {
      throw error;
    });
  }

  /** What was inherited counts as not committed until the backups are in step. */
  #gate(group: PrimaryGroup, need: number): number {
    return need < group.inherited && this.#parts.rules.promotionGate ? group.inherited : need;
  }

  /** The lease may have ended meanwhile: then somebody else may have answered already. */
  #check(group: PrimaryGroup): void {
    if (!this.#parts.rules.leaseAfter) return;
    if (group.phase === 'ended' || !this.#parts.membership.mayServe()) throw this.#notServed();
  }

  #notServed(): NotServedError {
    return new NotServedError(this.#parts.membership.view.version);
  }
}
