/**
 * `executeOnKey`, `executeOnKeys` (M17; for `executeOnEntries` see `execute-on-entries.ts`): entry processors, run in their entry's turn, so that nobody changes it between what the
 * processor reads and what it writes.
 */
import type { EntryProcessor, ProcessorReference } from '../api/entry-processor.ts';
import { ErrorGroup } from '../base/error-group.ts';
import { Patience } from '../base/patience.ts';
import { ConfigError } from '../errors.ts';
import { after, goOn } from './answer.ts';
import { EntryInWork } from './entry-in-work.ts';
import type { KeyAddress, KeyOperation, KeysOperation, MapHome } from './home.ts';
import { canLoad, loadAndKeep } from './load.ts';
import { slotOf, unpin } from './memory.ts';
import { asProcessor } from './processing.ts';
import { tryInTurn } from './turn.ts';
import { placed, userWire, type Wire } from './wire.ts';

export type Processor = EntryProcessor<unknown, unknown>;

export interface ProcessorCall {
  readonly processor: Processor | ProcessorReference;
  readonly args: unknown;
}

/** Processors travel by the name of their module. */
export const callWire: Wire<ProcessorCall> = {
  to({ processor, args }, form) {
    if (typeof processor !== 'function') return [processor.module, processor.export, userWire.to(args, form)];
    throw new ConfigError('an entry processor that runs on another member is given as { module, export }: functions do not travel');
  },
  from(wire, form) {
    const [module, name, args] = wire as [string, string | undefined, unknown];
    return { processor: name === undefined ? { module } : { module, export: name }, args: userWire.from(args, form) };
  },
};

/** Processors on several entries that may wait, for a store or for themselves, at once. */
const AT_ONCE = 16;

/** Entries between two looks at the clock. */
const LOOKS = 64;

/** Answers with what the processor returned; its error comes through as it is. */
export const executeOnKey: KeyOperation<ProcessorCall, unknown> = {
  name: 'executeOnKey',
  changes: 'slowly',
  once: 'long',
  stores: true,
  args: callWire,
  answer: userWire,
  run: (home: MapHome, at: KeyAddress, call: ProcessorCall): unknown =>
    goOn(processorOf(home, call), (processor) => processLoaded(home, at, processor, call.args)),
};

/** Results by position. After an error no further entry is begun. */
export const executeOnKeys: KeysOperation<ProcessorCall, readonly unknown[]> = {
  name: 'executeOnKeys',
  single: executeOnKey,
  merge: placed,
  async run(home: MapHome, at: readonly KeyAddress[], call: ProcessorCall): Promise<readonly unknown[]> {
    const processor = await processorOf(home, call);
    const results: unknown[] = [];
    await severally(
      home,
      at.length,
      (position) => at[position]!,
      (address, position) =>
        goOn(processLoaded(home, address, processor, call.args), (result) => {
          results[position] = result;
        }),
    );
    return results;
  },
};

/** Does `work` in the turns of many keys, each by itself; a few of those that take time at once, and with pauses. */
export async function severally(
  home: MapHome,
  count: number,
  addressOf: (position: number) => KeyAddress,
  work: (at: KeyAddress, position: number) => void | Promise<void>,
): Promise<void> {
  const { slices } = home;
  const group = new ErrorGroup();
  const patience = new Patience(home.clock, Infinity, group.signal);
  let began = slices.now();
  for (let position = 0; position < count && !group.signal.aborted; position++) {
    const at = addressOf(position);
    group.go(() => tryInTurn(home, at, () => work(at, position), patience));
    if (group.size === AT_ONCE) await group.wait();
    if (position % LOOKS === LOOKS - 1 && slices.now() - began >= slices.sliceMs) {
      await slices.pause();
      began = slices.now();
    }
  }
  await group.wait();
}

/** In the entry's turn: loads it if need be. */
function processLoaded(home: MapHome, at: KeyAddress, processor: Processor, args: unknown): unknown {
  if (slotOf(home, at) >= 0 || !canLoad(home)) return process(home, at, processor, args);
  return loadAndKeep(home, at).then((stored) => process(home, at, processor, args, stored));
}

/** In the entry's turn: runs the processor, then keeps what it has changed. `loaded` was just loaded; memory may have given it up again. */
export function process(home: MapHome, at: KeyAddress, processor: Processor, args: unknown, loaded?: unknown): unknown {
  const entry = new EntryInWork(home, at, loaded);
  try {
    const result = asProcessor(home, at.key, () => promised(processor(entry, args)));
    if (!(result instanceof Promise)) return after(entry.keep(), result);
    home.processed.set(at.key, true);
    return result
      .then((value) => after(entry.keep(), value))
      .finally(() => {
        entry.end();
        home.processed.delete(at.key);
        unpin(home, [at]);
      });
  } catch (error) {
    entry.end();
    throw error;
  }
}

/** Whatever can be awaited, as a promise. */
function promised(result: unknown): unknown {
  const isThenable = typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
  return isThenable ? Promise.resolve(result) : result;
}

export function processorOf(home: MapHome, { processor }: ProcessorCall): Processor | Promise<Processor> {
  if (isProcessor(processor)) return processor;
  return home.importPart(processor, 'entry processor').then((part) => {
    if (isProcessor(part)) return part;
    throw new ConfigError(`entry processor: what '${processor.module}' exports as '${processor.export ?? 'default'}' is no function`);
  });
}

function isProcessor(part: unknown): part is Processor {
  return typeof part === 'function';
}
