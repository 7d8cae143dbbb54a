/**
 * Accounting of differential privacy: what a training with noise spends.
 *
 * @module privacy
 */
export {
  epsilonSpent,
  noiseMultiplierFor,
  type Accountant,
  type PrivacyTarget,
} from '../defenses/accountant/accountant';
export { privacyLoss, type PrivacyLoss } from '../defenses/accountant/privacy-loss';
export { renyiDelta, renyiDivergence, renyiEpsilon, type RenyiEpsilon } from '../defenses/accountant/renyi';
export type { SampledGaussian, Spent } from '../defenses/accountant/sampled-gaussian';
export { dpSgdPrivacy, type DpSgdOptions, type DpSgdPrivacy } from '../defenses/dp-sgd';
export { pateEpsilon } from '../defenses/pate';
