import { badInput } from '../errors';
import { bisect } from './root';

/** A confidence at which a loss exerts no pull: below it p is pulled up, above it pushed down. */
export interface Equilibrium {
  readonly p: number;
  /** CE loss -ln p there. */
  readonly u: number;
}

/**
 * Confidence at which focal + CEL as the official code has it (+e^p) comes to rest: the zero of
 * alpha w_focal(p) - (1 - alpha) p e^p, with w_focal = (1-p)^gamma - gamma p (1-p)^(gamma-1) ln p, to 1e-12.
 *
 * Statement (derived here): with the sign of the code the weight is positive below this confidence and negative above it,
 * so every record is drawn to the same p < 1: a confidence cap for each record, a soft form of flooding. With the sign
 * that the paper's definition asks for (-e^p) there is no such point; `describe` of the losses finds it for any loss.
 *
 * @param gamma >= 0
 * @param alpha in [0, 1]; at alpha = 1 (focal alone) the answer is 1, at alpha = 0 it is 0
 * @throws UserError outside these ranges
 */
export function focalEquilibrium(gamma: number, alpha: number): Equilibrium {
  if (!(gamma >= 0 && gamma < Infinity))
    throw badInput('gamma', gamma, 'must be a finite number >= 0', 'Take 2');
  if (!(alpha >= 0 && alpha <= 1))
    throw badInput('alpha', alpha, 'must be in [0, 1]', 'Take 0.5 to start with');
  const focal = (p: number): number => {
    const q = 1 - p;
    return q ** gamma - (gamma === 0 ? 0 : gamma * p * q ** (gamma - 1) * Math.log(p));
  };
  const pull = (p: number): number => alpha * focal(p) - (1 - alpha) * p * Math.exp(p);
  if (alpha === 0) return { p: 0, u: Infinity };
  const high = 1 - 1e-15;
  const p = alpha === 1 || pull(high) > 0 ? 1 : bisect(pull, 1e-15, high, 1e-13);
  return { p, u: -Math.log(p) };
}
