import { lossFromData } from '../../src/losses/registry';
import type { ProbabilityLoss } from '../../src/losses/loss';

/** The loss that the fixtures call so: a name and, after a space, alpha (gamma for focal). */
export function namedLoss(text: string): ProbabilityLoss {
  const [name, number] = text.split(' ');
  if (number === undefined) return lossFromData(name) as ProbabilityLoss;
  return lossFromData(name, name === 'focal' ? { gamma: +number } : { alpha: +number }) as ProbabilityLoss;
}
