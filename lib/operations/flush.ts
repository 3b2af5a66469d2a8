/** `flush` (M20, M56): waits until the store has what is queued for it now. Nothing to do without write-behind. */
import type { ArrivedAt, MapHome, MemberOperation } from './home.ts';
import { allDone } from './sum-share.ts';

export const flush: MemberOperation<AbortSignal | undefined, void> = {
  name: 'flush',
  share: {
    fromWire: (_: unknown, { signal }: ArrivedAt) => signal,
    run: (home: MapHome, signal: AbortSignal | undefined) => flush.run(home, signal),
    merge: allDone,
  },
  needsLoaded: false,
  run: (home: MapHome, signal: AbortSignal | undefined): void | Promise<void> => home.behind?.flush(signal),
};
