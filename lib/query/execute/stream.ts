/** Rows one after the other, for results too large for an array: matches are looked for as they are asked for. */
import type { Slices } from '../../indexes/attribute-set.ts';
import type { Condition } from '../conditions/condition.ts';
import type { Emit } from './emit.ts';
import { Gatherer } from './gather.ts';
import { Pauses, collect } from './matches.ts';
import type { QueryContext } from './query-context.ts';
import type { QueryRequest } from '../source/request.ts';
import { throwIfAborted } from './work.ts';

/** Rows held at a time, about. */
const CHUNK_ROWS = 4096;
/** Rows handed out between two looks at the clock. */
const ROWS_PER_STEP = 256;

/** Not to be ordered. Everything between two rows counts as a pause: the map may change meanwhile. */
export async function* streamRows<R>(
  context: QueryContext,
  condition: Condition,
  request: QueryRequest,
  emit: Emit<R>,
  slices: Slices,
): AsyncGenerator<R, void, undefined> {
  const { offset = 0, limit = Infinity, signal } = request;
  const chunk = new Chunk(emit, offset, limit);
  const pauses = new Pauses();
  const work = collect(context, condition, chunk, request, pauses);
  try {
    for (let done = false; !done;) {
      throwIfAborted(signal);
      const began = slices.now();
      let step = work.next();
      while (step.done !== true && chunk.size < CHUNK_ROWS && slices.now() - began < slices.sliceMs) step = work.next();
      done = step.done === true;
      pauses.beforePause();
      yield* handOut(step.done === true ? (step.value?.result ?? []) : chunk.takeRows(), slices);
      if (!done) await slices.pause();
      while (!pauses.afterPause()) await slices.pause();
    }
  } finally {
    work.return(undefined);
  }
}

/** Who takes rows without ever waiting for anything else would still keep the event loop from turning. */
export async function* handOut<R>(rows: readonly R[], slices: Slices): AsyncGenerator<R, void, undefined> {
  let began = slices.now();
  for (let i = 0; i < rows.length; i++) {
    yield rows[i]!;
    if (i % ROWS_PER_STEP !== 0 || slices.now() - began < slices.sliceMs) continue;
    await slices.pause();
    began = slices.now();
  }
}

/** Never holds more than a chunk, so that it need not make room for all. */
class Chunk<R> extends Gatherer<R> {
  constructor(emit: Emit<R>, offset: number, limit: number) {
    super(emit, offset, limit, Infinity);
  }

  override get wantsSize(): boolean {
    return false;
  }

  override expect(): void {}
}
