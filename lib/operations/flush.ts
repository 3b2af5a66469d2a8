/** `flush` (M20, M56): waits until the store has what is queued for it now. Nothing to do without write-behind. */
import type { MapHome, MemberOperation } from './home.ts';

export const flush: MemberOperation<AbortSignal | undefined, void> = {
  name: 'flush',
  needsLoaded: false,
  run: (home: MapHome, signal: AbortSignal | undefined): void | Promise<void> => home.behind?.flush(signal),
};
