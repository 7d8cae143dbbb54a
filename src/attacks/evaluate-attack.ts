import { badInput } from '../errors';
import { advantage, balancedAccuracy, countDecisions, type DecisionCounts } from '../metrics/advantage';
import { auc } from '../metrics/auc';
import { tprAtFprInterval } from '../metrics/tpr-at-fpr';
import { checkSignals } from '../signals/check-signals';
import type { ModelSignals } from '../signals/model-signals';
import type { AttackResult, ScoreAttack } from './attack';
import { classThresholds, decide, type ClassThresholds } from './class-thresholds';
import type { AttackNote } from './notes';
import { pooledRecords } from './pooled-records';

export interface EvaluationOptions {
  /** Nominal false positive rates, each in [0, 1]; default [0.01]. The results' keys are these numbers as text. */
  readonly fprs?: readonly number[];
}

/**
 * Attacks a target model: cuts per class are set on the shadow models, the decisions and scores are judged on the
 * target. Every number is deterministic and independent of the order of the records; all intervals are over records.
 *
 * @param shadows models that the adversary trained as the target was trained; their records are pooled. May be empty
 *   only for an attack whose definition fixes the cut
 * @throws UserError when signals are malformed (see `checkSignals`), the numbers of classes differ, a shadow model is
 *   needed and missing, or a rate is outside [0, 1]
 */
export function evaluateAttack(
  attack: ScoreAttack,
  target: ModelSignals,
  shadows: readonly ModelSignals[],
  options: EvaluationOptions = {},
): AttackResult {
  checkSignals(target);
  const { cuts, notes } = cutsOf(attack, target.classes, shadows);
  const scores = attack.score(target);
  const counts = countDecisions(decide(scores, target.labels, cuts), target.members);
  return attackResult(attack, scores, target.members, counts, notes, options.fprs ?? [0.01]);
}

function cutsOf(
  attack: ScoreAttack,
  classes: number,
  shadows: readonly ModelSignals[],
): Pick<ClassThresholds, 'cuts' | 'notes'> {
  if (attack.cut !== undefined) return { cuts: new Float64Array(classes).fill(attack.cut), notes: [] };
  if (shadows.length === 0) {
    throw badInput(
      'the number of shadow models',
      0,
      `the attack ${attack.name} sets its cuts on at least one`,
      'Train a shadow model as the target was trained',
    );
  }
  for (const shadow of shadows) {
    checkSignals(shadow);
    if (shadow.classes === classes) continue;
    throw badInput(
      "the shadow model's number of classes",
      shadow.classes,
      `the target has ${classes} and both must share labels`,
      'Train the shadow model on the same classes',
    );
  }
  return classThresholds(pooledRecords(attack, shadows), classes);
}

function attackResult(
  { name, title, threatModel }: ScoreAttack,
  scores: Float64Array,
  members: Uint8Array,
  counts: DecisionCounts,
  notes: readonly AttackNote[],
  fprs: readonly number[],
): AttackResult {
  return {
    name,
    title,
    threatModel,
    accuracy: balancedAccuracy(counts),
    advantage: advantage(counts),
    auc: auc(scores, members),
    tprAtFpr: Object.fromEntries(fprs.map((fpr) => [String(fpr), tprAtFprInterval(scores, members, fpr)])),
    notes,
  };
}
