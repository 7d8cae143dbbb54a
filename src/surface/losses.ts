/**
 * Losses: what can be said of one without training, and what an own loss needs.
 *
 * @module losses
 */
export { describe, equilibriumConfidences, type LossFacts } from '../losses/describe';
export { lossOfFormula, type Expression, type Formula, type FormulaVariables } from '../losses/formula';
export type { BatchLoss, LogitsLoss, Loss, ProbabilityLoss, TrueClass } from '../losses/loss';
export { lossOnLogits, type LabeledLogits, type Reduction } from '../losses/on-logits';
export { probabilityLoss, trueClassOf, type LossForms } from '../losses/probability-loss';
export {
  lossNames,
  losses,
  type LossName,
  type LossOf,
  type LossOptions,
  type ProbabilityLossName,
} from '../losses/registry';
