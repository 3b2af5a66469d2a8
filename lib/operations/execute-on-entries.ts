/**
 * `executeOnEntries` (M17): a processor on each of the entries in memory that match.
 *
 * With several members the keys of the matches are found first, and each is then called by itself, under a number of its own: so its processor runs
 * once, whatever happens to members meanwhile.
 */
import { conditionTest } from '../query/conditions/condition-test.ts';
import type { Condition } from '../query/conditions/condition.ts';
import { conditionFromWire, conditionToWire } from '../query/predicates/wire.ts';
import type { QueryRequest } from '../query/source/request.ts';
import { goOn } from './answer.ts';
import { callWire, process, processorOf, severally, type ProcessorCall } from './execute.ts';
import type { ByKey, KeyAddress, KeyOperation, KeysOperation, MapHome, MemberOperation } from './home.ts';
import { slotOf, userKey } from './memory.ts';
import { placed, userWire } from './wire.ts';

export interface EntriesCall extends ProcessorCall {
  readonly condition: Condition;
  readonly request: QueryRequest | undefined;
  /** Where a key lives. */
  readonly addressOf: (key: unknown) => KeyAddress;
}

type Results = readonly (readonly [key: unknown, result: unknown])[];

/** Keys and results of the matching entries in memory, in no order. After an error no further entry is begun. */
export const executeOnEntries: MemberOperation<EntriesCall, Results> = {
  name: 'executeOnEntries',
  byKey({ condition, request, processor, args }: EntriesCall, form): ByKey<Results> {
    const call = { processor, args };
    callWire.to(call, form); // whoever holds the entries: a processor is refused here, and not only when they have moved
    return {
      condition,
      request,
      operation: executeOnMatches,
      args: { ...call, condition } satisfies MatchCall,
      answer: (keys, answers) =>
        keys.flatMap((key, position) => {
          const answer = answers[position] as Answer;
          return answer === undefined ? [] : [[key, answer[0]] as const];
        }),
    };
  },
  async run(home: MapHome, call: EntriesCall): Promise<Results> {
    const processor = await processorOf(home, call);
    const keys = await home.queries.keys(call.condition, call.request);
    const matches = conditionTest(call.condition);
    const results: (readonly [unknown, unknown])[] = [];
    await severally(
      home,
      keys.length,
      (position) => call.addressOf(keys[position]),
      (at, position) => {
        // An entry may have changed since: it must be there, and match, still.
        const slot = slotOf(home, at);
        if (slot < 0 || !matches(keys[position], home.records.storedAt(slot))) return;
        return goOn(process(home, at, processor, call.args), (result) => {
          results.push([keys[position], result]);
        });
      },
    );
    return results;
  },
};

interface MatchCall extends ProcessorCall {
  readonly condition: Condition;
}

/** What the processor returned; `undefined`: the entry does not match any more. */
type Answer = readonly [result: unknown] | undefined;

/** As `executeOnKey`, if the entry is in memory and matches. */
export const executeOnMatch: KeyOperation<MatchCall, Answer> = {
  name: 'executeOnMatch',
  changes: 'slowly',
  needsLoaded: true,
  once: 'long',
  stores: true,
  args: {
    to: ({ condition, ...call }, form) => [conditionToWire(condition), callWire.to(call, form)],
    from(wire, form) {
      const [condition, call] = wire as readonly [string, unknown];
      return { condition: conditionFromWire(condition), ...callWire.from(call, form) };
    },
  },
  answer: {
    to: (answer, form) => answer && [userWire.to(answer[0], form)],
    from: (wire, form) => (wire === undefined ? undefined : [userWire.from((wire as readonly unknown[])[0], form)]),
  },
  run: (home: MapHome, at: KeyAddress, call: MatchCall): Answer | Promise<Answer> =>
    goOn(processorOf(home, call), (processor): Answer | Promise<Answer> => {
      const slot = slotOf(home, at);
      if (slot < 0 || !conditionTest(call.condition)(userKey(at), home.records.storedAt(slot))) return undefined;
      return goOn(process(home, at, processor, call.args), (result) => [result] as const);
    }),
};

const executeOnMatches: KeysOperation<unknown, readonly unknown[]> = {
  name: 'executeOnMatches',
  single: executeOnMatch,
  merge: placed,
  run: () => {
    throw new TypeError('entries are called one by one');
  },
};
