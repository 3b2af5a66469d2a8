/** Configuration files: read, checked against the same table as options that a program writes, with the line of each problem (M72-M75). */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ConfigFileOptions, ConfigFormat } from '../../api/config-file.ts';
import type { InstanceOptions } from '../../api/instance.ts';
import { ConfigError } from '../../errors.ts';
import type { InstanceConfig } from '../instance-config.ts';
import { resolve } from '../resolve.ts';
import { placed, type PlacedProblem, type Written } from './written.ts';

const FORMATS: Readonly<Record<string, ConfigFormat>> = { '.xml': 'xml', '.yaml': 'yaml', '.yml': 'yaml', '.json': 'yaml' };

/** A configuration file and all there is to say about it. */
export interface CheckedConfig {
  readonly options: InstanceOptions;
  /** `undefined` when there are problems. */
  readonly config: InstanceConfig | undefined;
  readonly problems: readonly PlacedProblem[];
  /** What is understood, and changes nothing. */
  readonly notes: readonly PlacedProblem[];
}

/**
 * The options that a file holds, checked: for `newInstance`. Errors: ERR_CONFIG, with all problems and their lines (`details.problems`:
 * `{ path, message, line, column }`).
 */
export async function loadConfig(file: string, options: ConfigFileOptions = {}): Promise<InstanceOptions> {
  return usable(await checkConfigFile(file, options), file);
}

/** As `loadConfig`, for a text. */
export async function parseConfig(text: string, format: ConfigFormat, options: ConfigFileOptions = {}): Promise<InstanceOptions> {
  return usable(await checkConfig(text, format, options), 'the configuration');
}

/** Throws ConfigError only for a file that can't be read, or of no known kind. */
export async function checkConfigFile(file: string, options: ConfigFileOptions = {}): Promise<CheckedConfig> {
  const format = options.format ?? FORMATS[extname(file).toLowerCase()];
  if (format === undefined) throw new ConfigError(`${file}: a configuration is .xml, .yaml, .yml or .json`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${file}: can not be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return checkConfig(text, format, options);
}

export async function checkConfig(text: string, format: ConfigFormat, options: ConfigFileOptions = {}): Promise<CheckedConfig> {
  const written = await read(text.replace(/^\uFEFF/, ''), format, options);
  const problems = [...written.problems];
  const config = problems.length > 0 ? undefined : resolved(written.options, problems);
  const place = (all: readonly PlacedProblem[]): PlacedProblem[] => all.map((problem) => placed(problem, written.positions));
  return { options: written.options, config, problems: place(problems), notes: place(written.notes) };
}

/** The parsers are loaded when there is something to parse. */
async function read(text: string, format: ConfigFormat, { env = process.env, classes = {} }: ConfigFileOptions): Promise<Written> {
  if (format === 'xml') return (await import('./read-xml.ts')).readXml(text, { env, classes });
  return (await import('./read-yaml.ts')).readYaml(text, { env, classes });
}

function resolved(options: InstanceOptions, problems: PlacedProblem[]): InstanceConfig | undefined {
  try {
    return resolve(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...(error.details['problems'] as readonly PlacedProblem[]));
    return undefined;
  }
}

function usable({ options, problems }: CheckedConfig, what: string): InstanceOptions {
  if (problems.length === 0) return options;
  throw new ConfigError(`${what} can't be used:\n${problems.map((problem) => `  ${problemText(problem)}`).join('\n')}`, {
    details: { problems },
  });
}

/** `12:5 maps.orders.backupCount: must be …`. */
export function problemText({ path, message, line, column }: PlacedProblem): string {
  const position = line === undefined ? '' : `${line}:${column} `;
  return `${position}${path === '' ? '' : `${path}: `}${message}`;
}
