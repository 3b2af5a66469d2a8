/** `cobnut console`: an instance of a configuration, and a shell over it. */
import { loadConfig } from '../config/files/load-config.ts';
import { newInstance } from '../map/instance.ts';
import { runShell } from './shell/run-shell.ts';

export interface ConsoleOptions {
  /** A configuration file; `undefined`: maps in memory, by the defaults. */
  readonly config: string | undefined;
  /** The map to begin with. Default: the first of the configuration that is no pattern, else `default`. */
  readonly mapName: string | undefined;
  readonly json: boolean;
}

/** Resolves to the exit code: 1 when a line failed that came by a pipe. */
export async function openConsole({ config, mapName, json }: ConsoleOptions): Promise<number> {
  const options = config === undefined ? {} : await loadConfig(config);
  const named = Object.keys(options.maps ?? {}).filter((name) => !name.includes('*'));
  await using instance = newInstance(options);
  const { stdin: input, stdout: output, stderr: errors } = process;
  const failures = await runShell(
    { instance, mapNames: named, mapName: mapName ?? named[0] ?? 'default', json },
    { input, output, errors },
  );
  return failures > 0 && !input.isTTY ? 1 : 0;
}
