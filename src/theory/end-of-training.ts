import { badInput } from '../errors';
import { atLoss, atProbability, atScaledLogit, type LossFormula } from './confidence';
import { bisect } from './root';

/** The weight w(1): near p = 1 a loss acts as cross-entropy times this number. For CCEL alpha + (1 - alpha) e. */
export function weightAtOne(loss: LossFormula): number {
  return loss.weightAt(atProbability(1));
}

/** Where training was seen to settle: what the prediction is calibrated on. */
export interface Settled {
  readonly loss: LossFormula;
  /** Coupled L2 decay of the run, > 0. */
  readonly weightDecay: number;
  /** Mean CE loss of the members at the end, in (0, 700]. */
  readonly meanLoss: number;
  /** Standard deviation of the members' CE loss at the end, >= 0. */
  readonly sd: number;
}

export interface SettlingPrediction {
  /** Predicted mean CE loss of the members; null when the decay leaves no fixed point (the decay wins, or there is none). */
  readonly meanLoss: number | null;
  /** Predicted standard deviation: the calibration's, in proportion to the mean; null likewise. */
  readonly sd: number | null;
  /** The leading order: calibration's mean x (decay / its decay) x (its w(1) / w(1)), without the change of the margin. */
  readonly leadingOrder: number;
  readonly note: string;
}

/**
 * HYPOTHESIS, not a theorem: where weight decay lets the members' loss settle, predicted for another loss and decay from
 * one calibration run.
 *
 * Model (derived here): the logits are homogeneous of degree L in the weights theta (L linear layers with positively
 * homogeneous activations and no biases), and all members have one scaled logit phi, with margin m = phi + ln(C - 1) =
 * c |theta|^L. At rest the gradient and the decay balance along theta: decay |theta|^2 = L w(p) (1-p) m, that is
 *   w(p) (1-p) m^(1 - 2/L) = K decay,
 * with a constant K that the calibration run gives. Near p = 1 the left side is about w(1) u m^(1 - 2/L): the loss settles
 * in proportion to decay / w(1) but for the slowly changing margin. The spread is taken to keep its ratio to the mean.
 * Assumptions that a real run breaks: tanh layers and biases are not homogeneous, members differ, training stops before it
 * rests, and without decay nothing rests at all: the loss then falls about as 1 / (w(1) t), so that the ratio
 * 1 / w(1) between two losses is no evidence for decay; the dependence on the decay is.
 * The paper has no such statement. On Location30 (data/results/README.md) the ratio of mean losses at decay 5e-4 was as
 * predicted; at 5e-3 mean and spread were not, since the losses with a small weight at p = 0 give up their hardest members.
 *
 * @param weightDecay >= 0; 0 gives no fixed point
 * @param options classes C >= 2; degree L >= 1, the number of layers
 * @throws UserError for values outside their ranges or a loss with w(1) = 0
 */
export function predictSettling(
  loss: LossFormula,
  weightDecay: number,
  calibration: Settled,
  { classes, degree }: { readonly classes: number; readonly degree: number },
): SettlingPrediction {
  requireSettings(weightDecay, calibration, classes, degree);
  const ratio = requireWeight(calibration.loss) / requireWeight(loss);
  const leadingOrder = (calibration.meanLoss * ratio * weightDecay) / calibration.weightDecay;
  if (weightDecay === 0) {
    const note = 'without weight decay there is no fixed point: the loss falls as long as training goes on';
    return { meanLoss: null, sd: null, leadingOrder, note };
  }
  const offset = Math.log(classes - 1);
  const logPull = (of: LossFormula, phi: number): number => {
    const at = atScaledLogit(phi);
    return Math.log(of.weightAt(at)) + Math.log(at.q) + (1 - 2 / degree) * Math.log(phi + offset);
  };
  const rest = atLoss(calibration.meanLoss).phi;
  if (!(rest + offset > 0)) {
    throw badInput(
      'the calibration’s mean loss',
      calibration.meanLoss,
      `must be below ln ${classes} = ${Math.log(classes)}, for at chance level there is no margin`,
      'Calibrate on a run that has fitted its members',
    );
  }
  const target = logPull(calibration.loss, rest) + Math.log(weightDecay / calibration.weightDecay);
  const phi = largestRoot((x) => logPull(loss, x) - target, -offset + 1e-6, 690);
  if (phi === null) {
    return {
      meanLoss: null,
      sd: null,
      leadingOrder,
      note: 'the decay is stronger than any pull of the loss: no fit',
    };
  }
  const { u } = atScaledLogit(phi);
  const sd = (calibration.sd * u) / calibration.meanLoss;
  return { meanLoss: u, sd, leadingOrder, note: 'fixed point of the model' };
}

/** The largest x in [low, high] at which f falls through 0, from a grid of 4096 cells; null when there is none. */
function largestRoot(f: (x: number) => number, low: number, high: number): number | null {
  const point = (i: number): number => low + ((high - low) * i) / 4096;
  for (let i = 4095; i >= 0; i--) {
    if (f(point(i)) > 0 && f(point(i + 1)) <= 0) return bisect(f, point(i), point(i + 1), 1e-12);
  }
  return null;
}

function requireWeight(loss: LossFormula): number {
  const weight = weightAtOne(loss);
  if (weight > 0) return weight;
  throw badInput(
    `the weight of ${loss.label} at p = 1`,
    weight,
    'must be positive for it to act as cross-entropy there',
    'Take a loss such as CE, CCEL or CCQL; focal loses its pull at p = 1',
  );
}

function requireSettings(weightDecay: number, calibration: Settled, classes: number, degree: number): void {
  if (!(weightDecay >= 0 && weightDecay < Infinity)) {
    throw badInput('weightDecay', weightDecay, 'must be a finite number >= 0', 'Pass the coupled L2 decay');
  }
  if (!(calibration.weightDecay > 0)) {
    throw badInput(
      'the calibration’s weight decay',
      calibration.weightDecay,
      'must be > 0',
      'Calibrate with decay',
    );
  }
  if (!(calibration.meanLoss > 0 && calibration.meanLoss <= 700)) {
    throw badInput(
      'the calibration’s mean loss',
      calibration.meanLoss,
      'must be in (0, 700]',
      'Pass a mean CE loss',
    );
  }
  if (!(Number.isInteger(classes) && classes >= 2)) {
    throw badInput('classes', classes, 'must be a whole number of at least 2', 'Pass the number of classes');
  }
  if (!(degree >= 1)) throw badInput('degree', degree, 'must be at least 1', 'Pass the number of layers');
}
