/** The console at a terminal, or fed by a pipe: lines in, answers out. */
import { createInterface, type Interface } from 'node:readline/promises';
import { complete } from './completion.ts';
import { Screen } from './screen.ts';
import { Shell, type ShellOptions } from './shell.ts';

export interface ShellStreams {
  readonly input: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly output: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
}

export interface RunOptions extends ShellOptions {
  /** One JSON document per line. Default false. */
  readonly json?: boolean;
  /** Default: where the output is a terminal, unless NO_COLOR is set. */
  readonly colour?: boolean;
}

/** Resolves to how many lines failed, when the input or the user has ended it. Does not close the instance. */
export async function runShell(options: RunOptions, { input, output, errors }: ShellStreams): Promise<number> {
  const isTerminal = isTTY(input) && isTTY(output);
  const { json = false, colour = isTTY(output) && process.env['NO_COLOR'] === undefined } = options;
  const screen = new Screen({ out: output, errors: isTerminal ? output : errors, json, colour: colour && !json });
  const shell = new Shell(options);
  const lines = createInterface({
    input,
    ...(isTerminal && { output }),
    terminal: isTerminal,
    completer: (line: string) => complete(shell, line).catch(() => [[], line]),
  } as Parameters<typeof createInterface>[0]);
  let isOpen = true;
  lines.once('close', () => (isOpen = false));
  const prompt = (): void => {
    if (!isOpen) return;
    lines.setPrompt(`${shell.mapName}> `);
    if (isTerminal) lines.prompt();
  };
  if (isTerminal) output.write('A predicate, or .help; .exit ends it.\n');
  const gone = new AbortController();
  const onError = (): void => gone.abort();
  for (const stream of [output, errors]) stream.on('error', onError);
  try {
    return await answerLines(lines, shell, screen, prompt, gone.signal);
  } finally {
    lines.close();
    for (const stream of [output, errors]) stream.off('error', onError);
  }
}

/** Until the lines end, or nobody reads the answers any more. */
async function answerLines(lines: Interface, shell: Shell, screen: Screen, prompt: () => void, gone: AbortSignal): Promise<number> {
  let failures = 0;
  let running: AbortController | undefined;
  gone.addEventListener('abort', () => {
    running?.abort(new Error('nobody reads the answers'));
    lines.close();
  });
  // Ctrl-C ends what runs; at an empty line, the console.
  lines.on('SIGINT', () => {
    if (running !== undefined) running.abort(new Error('interrupted'));
    else if (lines.line === '') lines.close();
    else {
      lines.write(null, { ctrl: true, name: 'e' });
      lines.write(null, { ctrl: true, name: 'u' });
    }
  });
  prompt();
  for await (const line of lines) {
    if (gone.aborted) break;
    running = new AbortController();
    try {
      const answer = await shell.run(line, running.signal);
      if (answer === undefined) break;
      screen.show(answer);
    } catch (error) {
      failures++;
      screen.fail(error);
    }
    running = undefined;
    prompt();
  }
  return failures;
}

function isTTY(stream: object): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
