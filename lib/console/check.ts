/** `cobnut check FILE`: whether a configuration can be used, and what it means. */
import { checkConfigFile, problemText } from '../config/files/load-config.ts';
import { configSchema } from '../config/files/json-schema.ts';
import { toYaml } from '../config/files/write-yaml.ts';
import { ConfigError } from '../errors.ts';

export interface CheckOptions {
  readonly json: boolean;
}

/** What the command prints, and its exit code: 0 usable, 1 not, 2 no such file. */
export interface CheckResult {
  readonly out: string;
  readonly errors: string;
  readonly code: 0 | 1 | 2;
}

export async function check(file: string, { json }: CheckOptions): Promise<CheckResult> {
  try {
    const { options, problems, notes } = await checkConfigFile(file);
    const code = problems.length === 0 ? 0 : 1;
    if (json)
      return {
        out: `${JSON.stringify({ file, problems, notes, options: code === 0 ? options : undefined }, undefined, 2)}\n`,
        errors: '',
        code,
      };
    const lines = [
      ...problems.map((problem) => `${file}:${problemText(problem)}`),
      ...notes.map((note) => `${file}:${problemText(note)} (note)`),
    ];
    return { out: code === 0 ? toYaml(options) : '', errors: lines.map((line) => `${line}\n`).join(''), code };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { out: '', errors: `${error.message}\n`, code: 2 };
  }
}

export function schemaText(): string {
  return `${JSON.stringify(configSchema(), undefined, 2)}\n`;
}
