/**
 * Looks for the share of the window with the best hit ratio, by trying.
 *
 * The ratio of each sample of accesses is compared with that of the one before. If it has become better the share goes on in the same direction, if
 * worse it turns round; each step is a little shorter than the last, so that it comes to rest at a (local) optimum. A ratio that changes much
 * means that the load has changed: then steps begin at full length again. The figures are Caffeine's.
 *
 * References: G. Einziger, O. Eytan, R. Friedman, B. Manes, Adaptive software cache management (Middleware 2018).
 */

/** Length of the first step, in shares of the map. */
const STEP = 0.0625;
const STEP_DECAY = 0.98;
/** Change of the hit ratio that makes it begin anew. */
const RESTART_CHANGE = 0.05;

export class HillClimber {
  /** The first step goes towards frequency: it makes the window smaller. */
  #step = -STEP;
  #previousRatio = 0;

  /** By how much the share should change, after a sample with this hit ratio. */
  step(hitRatio: number): number {
    const change = hitRatio - this.#previousRatio;
    const amount = change >= 0 ? this.#step : -this.#step;
    this.#previousRatio = hitRatio;
    this.#step = Math.abs(change) >= RESTART_CHANGE ? STEP * Math.sign(amount) : STEP_DECAY * amount;
    return amount;
  }
}
