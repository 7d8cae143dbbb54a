import { badInput } from '../errors';
import { atProbability, atScaledLogit, type LossFormula } from './confidence';
import { bisect } from './root';

/** Where the expected loss of a binary record is smallest. */
export interface MinimizerShift {
  /** The true conditional probability of the class. */
  readonly truth: number;
  /** The predicted probability that minimizes q f(p) + (1 - q) f(1 - p). */
  readonly minimizer: number;
  /** minimizer - truth; has the sign of truth - 1/2 when the prediction is over-sharp. */
  readonly shift: number;
  /** logit(minimizer) / logit(truth): above 1 = over-sharp; NaN at truth 1/2. */
  readonly sharpening: number;
  readonly overSharp: boolean;
  /** Bound of the error of the minimizer. */
  readonly error: number;
}

/**
 * The prediction that a loss rewards most when the class is only known with probability q (binary).
 *
 * Statement (derived here): of the losses f(p_y), cross-entropy alone has the minimizer p = q for every q (Savage 1971,
 * JASA 66, for the binary case in this form). CCL's weight rises with confidence, which moves the minimizer away from 1/2:
 * its predictions are over-sharp on ambiguous data, and no calibrated model minimizes it. The paper does not treat this.
 * Assumption: the prediction is free for each record; a finite training set that is fitted fully shows nothing of it.
 *
 * The global minimum is searched on 4001 points in phi from -20 to 20 and then bisected on the derivative; p = 0 or 1 is
 * the answer when the loss is smallest there.
 *
 * @param truth q in (0, 1)
 * @throws UserError when q is outside (0, 1)
 */
export function minimizerShift(loss: LossFormula, truth: number): MinimizerShift {
  if (!(truth > 0 && truth < 1)) {
    throw badInput('the true conditional probability', truth, 'must be in (0, 1)', 'Take 0.8 to start with');
  }
  const expected = (phi: number): number => {
    const own = truth * loss.valueAt(atScaledLogit(phi));
    return own + (1 - truth) * loss.valueAt(atScaledLogit(-phi));
  };
  // d/dphi of the expected loss: q w(p) (p - 1) + (1 - q) w(1 - p) p.
  const slope = (phi: number): number => {
    const up = atScaledLogit(phi);
    const down = atScaledLogit(-phi);
    return -truth * loss.weightAt(up) * up.q + (1 - truth) * loss.weightAt(down) * down.q;
  };
  const grid = Float64Array.from({ length: 4001 }, (_, i) => -20 + i / 100);
  let best = 0;
  grid.forEach((phi, i) => {
    if (expected(phi) < expected(grid[best])) best = i;
  });
  const minimizer = onBorder(loss, truth, expected(grid[best])) ?? refined(slope, grid, best);
  const logit = (p: number): number => Math.log(p / (1 - p));
  const sharpening = truth === 0.5 ? NaN : logit(minimizer) / logit(truth);
  return {
    truth,
    minimizer,
    shift: minimizer - truth,
    sharpening,
    overSharp: sharpening > 1 + 1e-9,
    error: 1e-11,
  };
}

function refined(slope: (phi: number) => number, grid: Float64Array, best: number): number {
  const low = grid[Math.max(0, best - 1)];
  const high = grid[Math.min(grid.length - 1, best + 1)];
  return atScaledLogit(bisect(slope, low, high, 1e-12)).p;
}

/** 0 or 1 when the expected loss is smaller there than inside; null otherwise. */
function onBorder(loss: LossFormula, truth: number, inside: number): number | null {
  const ends = [0, 1].map((p) => {
    const [own, other] = [p, 1 - p].map((x) =>
      loss.valueAt(x === 0 ? { p: 0, q: 1, u: Infinity } : atProbability(x)),
    );
    return truth * own + (1 - truth) * other;
  });
  const end = ends[1] <= ends[0] ? 1 : 0;
  return ends[end] < inside ? end : null;
}
