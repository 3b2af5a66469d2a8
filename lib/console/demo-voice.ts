/** How the demo speaks: sentences, a progress line and tables for people; one JSON document for programs. */

export type Cell = string | number;

/** Colour and the moving progress line appear only where there is a terminal that wants them. */
export class DemoVoice {
  readonly #json: boolean;
  readonly #terminal: boolean;
  readonly #colour: boolean;

  constructor(json: boolean) {
    this.#json = json;
    this.#terminal = process.stdout.isTTY && !json;
    this.#colour = this.#terminal && process.env['NO_COLOR'] === undefined;
  }

  heading(text: string): void {
    this.#line(`\n${this.#colour ? `\u001B[1m${text}\u001B[0m` : text}`);
  }

  say(text: string): void {
    this.#line(`  ${text}`);
  }

  /** A line that is overwritten by the next one on a terminal; elsewhere only the last one is shown. */
  progress(text: string, done: boolean): void {
    if (this.#terminal) process.stdout.write(`\r\u001B[2K  ${text}${done ? '\n' : ''}`);
    else if (done) this.say(text);
  }

  table(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
    const cells = [head, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell)))];
    const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
    const numeric = head.map(
      (_, column) =>
        rows.length > 0 && rows.every((row) => typeof row[column] === 'number' || /^[\d.,]+ [mun]?s$/.test(String(row[column]))),
    );
    for (const [position, row] of cells.entries()) {
      const line = row.map((cell, column) => (numeric[column] === true ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)));
      this.say(line.join('  ').trimEnd());
      if (position === 0) this.say(widths.map((width) => '─'.repeat(width)).join('  '));
    }
  }

  /** The whole story, for `--json`. */
  document(story: object): void {
    if (this.#json) process.stdout.write(`${JSON.stringify(story, undefined, 2)}\n`);
  }

  fail(error: unknown): void {
    process.stderr.write(`\nthe demo stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }

  #line(text: string): void {
    if (!this.#json) process.stdout.write(`${text}\n`);
  }
}

/** 1234567 as 1,234,567, whatever the machine's language. */
export function grouped(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

export function duration(ms: number): string {
  if (ms < 0.001) return `${(ms * 1e6).toFixed(0)} ns`;
  if (ms < 1) return `${(ms * 1000).toFixed(ms < 0.01 ? 1 : 0)} us`;
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
