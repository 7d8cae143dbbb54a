import { advantage, countDecisions } from '../metrics/advantage';
import { aucEstimate } from '../metrics/auc';
import { classThresholds, decide } from './class-thresholds';

/** Cross-entropy losses [n], labels [n] and membership [n] of one target and of one shadow model. */
export interface LossAttackInput {
  readonly targetLosses: Float64Array;
  readonly targetLabels: Int32Array;
  readonly targetMembers: Uint8Array;
  readonly shadowLosses: Float64Array;
  readonly shadowLabels: Int32Array;
  readonly shadowMembers: Uint8Array;
  /** Number of classes. */
  readonly classes: number;
}

/**
 * The loss attack as a point without intervals, for the many epochs of a path: the same advantage (cuts per class set on
 * the shadow model) and AUC as `evaluateAttack(attack('loss'), …)` gives for the same models.
 *
 * @throws UserError on a length mismatch, a NaN loss, a label outside the classes, or an empty side
 */
export function lossAttackPoint(input: LossAttackInput): {
  readonly advantage: number;
  readonly auc: number;
} {
  const scores = input.targetLosses.map((loss) => -loss);
  const { cuts } = classThresholds(
    {
      scores: input.shadowLosses.map((loss) => -loss),
      labels: input.shadowLabels,
      members: input.shadowMembers,
    },
    input.classes,
  );
  const auc = aucEstimate(scores, input.targetMembers);
  const decisions = decide(scores, input.targetLabels, cuts);
  return { advantage: advantage(countDecisions(decisions, input.targetMembers)).estimate, auc };
}
