/** One seed for all random tests of a run: fixed, unless `SEED` says otherwise; printed with every failure. */

/** Default chosen once; `SEED=random` draws one. */
export const SEED: number =
  process.env['SEED'] === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(process.env['SEED'] ?? 20_261_121);

/** How much more than usual a random test should try: `EFFORT=10 npm run test:run -- oracle`. */
export const EFFORT: number = Number(process.env['EFFORT'] ?? 1);
