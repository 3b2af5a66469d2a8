/**
 * `npm run demo`: the main job, on a real PostgreSQL that the demo starts and removes itself.
 *
 *     npm run demo -- [--rows 200000] [--json]
 *
 * Loads a table into a map, asks the manual's questions in memory and in the database, checks that the rows are the same, and changes
 * some entries through the map. With `POSTGRES_URL` set, that server is used, in a schema of its own that is dropped at the end.
 */
import { parseArgs } from 'node:util';
import { missingPackages } from './demo-packages.ts';
import { DemoVoice } from './demo-voice.ts';

const USAGE = 'usage: npm run demo -- [--rows 1..2000000, default 200000] [--json]';

const { rows, json } = readArguments();
const missing = missingPackages();
if (missing.length > 0) {
  process.stderr.write(`the demo needs packages that are not installed here: npm install ${missing.join(' ')}\n`);
  process.exitCode = 1;
} else {
  const { runDemo } = await import('./demo-steps.ts');
  process.exitCode = await runDemo(rows, new DemoVoice(json));
}

function readArguments(): { readonly rows: number; readonly json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        rows: { type: 'string', default: '200000' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const count = Number(values.rows.replaceAll(/[_,]/g, ''));
    if (!values.help && Number.isInteger(count) && count >= 1 && count <= 2_000_000) return { rows: count, json: values.json };
    if (!values.help) process.stderr.write(`--rows must be a whole number from 1 to 2,000,000, not '${values.rows}'\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
  process.stderr.write(`${USAGE}\n`);
  return process.exit(2);
}
