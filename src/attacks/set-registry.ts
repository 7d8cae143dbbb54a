import { z } from 'zod';
import { parseOptions, unknownName } from '../options';
import { adaptiveDistillation, adaptiveDistillationParameters } from './adaptive-distillation';
import { adaptiveHamp, adaptiveHampParameters } from './adaptive-hamp';
import { adaptiveRelaxLoss, adaptiveRelaxLossParameters } from './adaptive-relaxloss';
import { adaptiveSelena, adaptiveSelenaParameters } from './adaptive-selena';
import type { ScoreAttack, SetAttack } from './attack';
import { attackR, attackRParameters } from './attack-r';
import { augmentationQuery, augmentationQueryParameters } from './augmentation-query';
import { base, baseParameters } from './base';
import { boundary, boundaryParameters } from './boundary';
import { confidenceAttack } from './confidence';
import { correctnessAttack } from './correctness';
import { difficultyCalibration } from './difficulty-calibration';
import { entropyAttack } from './entropy';
import { epochLoss, epochLossParameters } from './epoch-loss';
import { fromScore } from './from-score';
import { gradientNorm, gradientNormParameters } from './gradient-norm';
import { hingeAttack } from './hinge';
import { knn, knnParameters } from './knn';
import { likelihoodRatio, likelihoodRatioParameters } from './likelihood-ratio';
import { lira, liraParameters, liraVariants } from './lira';
import { logisticRegression, logisticRegressionParameters } from './logistic-regression';
import { lossAttack } from './loss';
import { lossTrajectory, lossTrajectoryParameters } from './loss-trajectory';
import { maxConfidenceAttack } from './max-confidence';
import { modifiedEntropyAttack } from './modified-entropy';
import { nn, nnParameters } from './nn';
import { populationAttack, populationParameters } from './population';
import { privacyRisk, privacyRiskParameters } from './privacy-risk';
import { quantileRegression, quantileRegressionParameters } from './quantile-regression';
import { randomForest, randomForestParameters } from './random-forest';
import { randomNoise, randomNoiseParameters } from './random-noise';
import { rmia, rmiaParameters, rmiaVariants } from './rmia';
import { scaledLogitAttack } from './scaled-logit';
import { seqmia, seqmiaParameters } from './seqmia';
import { svm, svmParameters } from './svm';
import { thresholds, thresholdsParameters } from './thresholds';
import { combination } from './combination';

const none = z.object({}).strict();

/** An attack without options, from a score of single outputs. */
function scored(attack: ScoreAttack): { parameters: typeof none; create: () => SetAttack } {
  return { parameters: none, create: () => fromScore(attack) };
}

/** All attacks on sets of models by name, with their options. */
export const setAttacks = {
  correctness: scored(correctnessAttack),
  confidence: scored(confidenceAttack),
  'max-confidence': scored(maxConfidenceAttack),
  entropy: scored(entropyAttack),
  'modified-entropy': scored(modifiedEntropyAttack),
  loss: scored(lossAttack),
  'scaled-logit': scored(scaledLogitAttack),
  hinge: scored(hingeAttack),
  population: { parameters: populationParameters, create: populationAttack },
  'attack-r': { parameters: attackRParameters, create: attackR },
  'difficulty-calibration': { parameters: none, create: difficultyCalibration },
  'likelihood-ratio': { parameters: likelihoodRatioParameters, create: likelihoodRatio },
  'quantile-regression': { parameters: quantileRegressionParameters, create: quantileRegression },
  base: { parameters: baseParameters, create: base },
  lira: { parameters: liraParameters, create: lira },
  rmia: { parameters: rmiaParameters, create: rmia },
  'epoch-loss': { parameters: epochLossParameters, create: epochLoss },
  'loss-trajectory': { parameters: lossTrajectoryParameters, create: lossTrajectory },
  seqmia: { parameters: seqmiaParameters, create: seqmia },
  threshold: { parameters: thresholdsParameters, create: thresholds },
  'privacy-risk': { parameters: privacyRiskParameters, create: privacyRisk },
  nn: { parameters: nnParameters, create: nn },
  'logistic-regression': { parameters: logisticRegressionParameters, create: logisticRegression },
  'random-forest': { parameters: randomForestParameters, create: randomForest },
  svm: { parameters: svmParameters, create: svm },
  knn: { parameters: knnParameters, create: knn },
  'augmentation-query': { parameters: augmentationQueryParameters, create: augmentationQuery },
  'gradient-norm': { parameters: gradientNormParameters, create: gradientNorm },
  boundary: { parameters: boundaryParameters, create: boundary },
  'random-noise': { parameters: randomNoiseParameters, create: randomNoise },
  'adaptive-hamp': { parameters: adaptiveHampParameters, create: adaptiveHamp },
  'adaptive-selena': { parameters: adaptiveSelenaParameters, create: adaptiveSelena },
  'adaptive-relaxloss': { parameters: adaptiveRelaxLossParameters, create: adaptiveRelaxLoss },
  'adaptive-distillation': { parameters: adaptiveDistillationParameters, create: adaptiveDistillation },
} as const;

export type SetAttackName = keyof typeof setAttacks;

/** The options that the attack of that name takes; each has a default. */
export type SetAttackOptions<Name extends SetAttackName> = z.input<(typeof setAttacks)[Name]['parameters']>;

/** All names that `setAttack` takes. */
export const setAttackNames = Object.keys(setAttacks) as SetAttackName[];

/**
 * The attack of that name on a set of models, e.g. `setAttack('lira', { online: false })`. A wrong name or option fails
 * in the editor.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function setAttack<Name extends SetAttackName>(
  name: Name,
  options?: SetAttackOptions<Name>,
): SetAttack {
  if (!Object.prototype.hasOwnProperty.call(setAttacks, name))
    throw unknownName('attack', String(name), setAttackNames);
  const definition: { parameters: z.ZodTypeAny; create(options: never): SetAttack } = setAttacks[name];
  const parsed = parseOptions(`attack ${name}`, definition.parameters, options) as Record<string, unknown>;
  return { ...definition.create(parsed as never), options: plainOptions(parsed) };
}

/** Without functions, arrays of numbers and the like, which only code can pass. */
function plainOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  );
}

/** Every attack that an audit runs: each of the registry, and those with variants in each that the literature uses. */
export function auditAttacks(): SetAttack[] {
  const withVariants: readonly string[] = ['lira', 'rmia'];
  return [
    ...setAttackNames.filter((name) => !withVariants.includes(name)).map((name) => setAttack(name)),
    setAttack('likelihood-ratio', { form: 'as-coded' }),
    setAttack('attack-r', { quantile: 'share' }),
    setAttack('quantile-regression', { nonMembers: 'population' }),
    setAttack('base', { online: false }),
    ...learnedVariants(),
    ...liraVariants.map((options) => setAttack('lira', options)),
    ...rmiaVariants.map((options) => setAttack('rmia', options)),
    combination(combinedParts()),
  ];
}

/** Beside their defaults: other features, and what a fit on the target's own membership reaches. */
function learnedVariants(): SetAttack[] {
  const fittedOn = 'target' as const;
  return [
    setAttack('threshold', { by: 'all' }),
    setAttack('threshold', { by: 'group' }),
    setAttack('threshold', { by: 'all', setOn: 'target' }),
    setAttack('threshold', { setOn: 'target' }),
    setAttack('privacy-risk', { form: 'tf-privacy' }),
    setAttack('privacy-risk', { form: 'tf-privacy', fittedOn }),
    setAttack('nn', { label: 'none' }),
    setAttack('nn', { sorted: false, label: 'none', outputs: 'probabilities' }),
    setAttack('nn', { sorted: false, label: 'one-hot' }),
    setAttack('nn', { fittedOn, records: 2000 }),
    setAttack('logistic-regression', { fittedOn }),
    setAttack('random-forest', { fittedOn }),
    setAttack('svm', { fittedOn }),
    setAttack('knn', { fittedOn }),
    setAttack('augmentation-query', { answers: 'scaled-logits' }),
    setAttack('adaptive-hamp', { queries: 'augmented' }),
  ];
}

/** What the audit's combination joins: attacks of different kinds that need reference models without the records only. */
function combinedParts(): SetAttack[] {
  return [
    setAttack('loss'),
    setAttack('difficulty-calibration'),
    setAttack('lira', { online: false, variance: 'global' }),
    setAttack('rmia', { online: false }),
  ];
}
