/** How the console shows answers: tables and plans for people, one JSON document per line for programs. */
import { inspect } from 'node:util';
import { CobnutError } from '../../errors.ts';
import type { Answer } from './command.ts';
import { plainJson } from './plain-json.ts';
import { tableText } from './table-text.ts';

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
  readonly json: boolean;
  readonly colour: boolean;
}

export class Screen {
  readonly #options: ScreenOptions;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  show(answer: Answer): void {
    const text = this.#options.json ? jsonOf(answer) : this.#textOf(answer);
    if (text !== '') this.#options.out.write(`${text}\n`);
  }

  fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const code = error instanceof CobnutError ? error.code : 'ERROR';
    this.#options.errors.write(this.#options.json ? `${plainJson({ error: code, message: text })}\n` : `${this.#paint('31', text)}\n`);
  }

  #textOf(answer: Answer): string {
    switch (answer.kind) {
      case 'text':
        return answer.text;
      case 'value':
        if (answer.value === undefined) return this.#paint('2', 'nothing');
        return typeof answer.value === 'string' ? answer.value : inspect(answer.value, { depth: 8, colors: this.#options.colour });
      case 'rows': {
        const width = 'columns' in this.#options.out ? (this.#options.out.columns ?? Infinity) : Infinity;
        const table = answer.rows.length === 0 ? '' : tableText(answer.rows, { width, bold: (text) => this.#paint('1', text) });
        return [table, this.#paint('2', answer.note)].filter((part) => part !== '').join('\n');
      }
    }
  }

  #paint(style: string, text: string): string {
    return this.#options.colour && text !== '' ? `\u001B[${style}m${text}\u001B[0m` : text;
  }
}

/** Rows one by one. */
function jsonOf(answer: Answer): string {
  switch (answer.kind) {
    case 'text':
      return answer.text === '' ? '' : plainJson(answer.text);
    case 'value':
      return plainJson(answer.value);
    case 'rows':
      return answer.rows.map(plainJson).join('\n');
  }
}
