/**
 * A world of its own time: events in order, one after the other, each with all promises it sets off before the next begins. Nothing in it reads a
 * real clock or waits for real input, so a seed gives the same events every time; `hash` says so.
 */
import { Chance } from './chance.ts';
import { EventQueue, type SimEvent } from './event-queue.ts';

/** Immediates asked for at once: one event each, promises run dry in between. It saves rounds of the event loop. */
const BURST = 64;

export class Simulation {
  readonly seed: number;
  readonly chance: Chance;
  /** Milliseconds since the world began. */
  now = 0;
  events = 0;
  /** Over times and labels of all events so far. */
  hash = 0;
  /** What went wrong in an event, or where the world watches. */
  readonly faults: string[] = [];
  #numbers = 0;
  readonly #queue = new EventQueue();
  readonly #trace: ((line: string) => void) | undefined;

  constructor(seed: number, trace?: (line: string) => void) {
    this.seed = seed;
    this.chance = new Chance(seed);
    this.#trace = trace;
  }

  get traced(): boolean {
    return this.#trace !== undefined;
  }

  /** Says something in the trace. Ask `traced` first where the text is dear. */
  note(text: string): void {
    this.#trace?.(`${this.now.toFixed(3)} ${text}`);
  }

  fault(text: string): void {
    this.note(`FAULT ${text}`);
    this.faults.push(`${this.now.toFixed(3)} ${text}`);
  }

  at(time: number, label: string, run: () => void): SimEvent {
    const event: SimEvent = { time: Math.max(time, this.now), number: this.#numbers++, label, run };
    this.#queue.push(event);
    return event;
  }

  /** Resolves in the world's time. */
  sleep(ms: number, label = 'sleep'): Promise<void> {
    return new Promise((resolve) => this.at(this.now + ms, label, resolve));
  }

  /** Runs events up to a time, or until `enough` says so. */
  run(untilMs: number, enough: () => boolean = () => false): Promise<void> {
    // An error that nobody caught. It is told after the event that it comes from, before the next.
    const uncaught = (error: unknown): void => this.fault(`nobody caught: ${error instanceof Error ? error.stack : String(error)}`);
    process.on('unhandledRejection', uncaught);
    const running = new Promise<void>((resolve) => {
      let over = false;
      const step = (): void => {
        if (over) return;
        const event = this.#queue.next;
        if (event === undefined || event.time > untilMs || enough()) {
          over = true;
          if (event === undefined || event.time > untilMs) this.now = untilMs;
          resolve();
          return;
        }
        this.#queue.pop();
        this.#happen(event);
      };
      const burst = (): void => {
        if (over) return;
        for (let i = 0; i < BURST; i++) setImmediate(step);
        setImmediate(burst);
      };
      burst();
    });
    return running.finally(() => process.off('unhandledRejection', uncaught));
  }

  #happen(event: SimEvent): void {
    this.now = event.time;
    const { run } = event;
    if (run === undefined) return;
    this.events++;
    this.hash = mix(this.hash, event);
    try {
      run();
    } catch (error) {
      this.fault(`${event.label}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}

function mix(hash: number, { time, label }: SimEvent): number {
  let mixed = (Math.imul(hash, 31) + Math.round((time % 1_000_000) * 1000)) | 0;
  for (let i = 0; i < label.length; i++) mixed = (Math.imul(mixed, 31) + label.charCodeAt(i)) | 0;
  return mixed;
}
