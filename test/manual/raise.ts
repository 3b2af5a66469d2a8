/** A processor that is known by its module. */
import type { ProcessorEntry } from '../../lib/index.ts';

interface Employee {
  readonly salary: number;
  readonly raised?: number;
}

export function raise(entry: ProcessorEntry<number, Employee>): number {
  const { salary, raised = 0 } = entry.value!;
  entry.setValue({ ...entry.value!, salary: salary + 1000, raised: raised + 1 });
  return salary + 1000;
}
