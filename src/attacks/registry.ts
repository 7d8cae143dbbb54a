import type { z } from 'zod';
import { unknownName } from '../options';
import { offering } from '../running-cell';
import { adaptiveDistillation, adaptiveHamp, adaptiveRelaxLoss, adaptiveSelena } from './adaptive';
import type { Attack } from './attack';
import { augmentationQuery } from './augmentation-query';
import { base } from './base';
import { boundary } from './boundary';
import { combination } from './combination';
import { defineOutputAttack, type OutputDefinition } from './define-attack';
import { gradientNorm } from './gradient-norm';
import { likelihoodRatio } from './likelihood-ratio';
import { lira, liraVariants } from './lira';
import { outputScores } from './output-scores';
import { knn, logisticRegression, nn, randomForest, svm } from './posterior-attacks';
import { privacyRisk } from './privacy-risk';
import { quantileRegression } from './quantile-regression';
import { randomNoise } from './random-noise';
import { attackR, difficultyCalibration, population } from './reference-losses';
import { rmia, rmiaVariants } from './rmia';
import { thresholds } from './thresholds';
import { epochLoss, lossTrajectory, seqmia } from './trajectory';

type OutputAttacks = Record<keyof typeof outputScores, OutputDefinition>;

/** All attacks by name, with their options. Help texts, tables and reports read titles, formulas and threat models here. */
export const attacks = {
  ...(Object.fromEntries(
    Object.entries(outputScores).map(([name, score]) => [name, defineOutputAttack(score)]),
  ) as OutputAttacks),
  population,
  'attack-r': attackR,
  'difficulty-calibration': difficultyCalibration,
  'likelihood-ratio': likelihoodRatio,
  'quantile-regression': quantileRegression,
  base,
  lira,
  rmia,
  'epoch-loss': epochLoss,
  'loss-trajectory': lossTrajectory,
  seqmia,
  threshold: thresholds,
  'privacy-risk': privacyRisk,
  nn,
  'logistic-regression': logisticRegression,
  'random-forest': randomForest,
  svm,
  knn,
  'augmentation-query': augmentationQuery,
  'gradient-norm': gradientNorm,
  boundary,
  'random-noise': randomNoise,
  'adaptive-hamp': adaptiveHamp,
  'adaptive-selena': adaptiveSelena,
  'adaptive-relaxloss': adaptiveRelaxLoss,
  'adaptive-distillation': adaptiveDistillation,
} as const;

export type AttackName = keyof typeof attacks;

/** The options that the attack of that name takes; each has a default. */
export type AttackOptions<Name extends AttackName> = z.input<(typeof attacks)[Name]['parameters']>;

/** What `attack` gives for that name: the attacks on single outputs have a `score` of their own. */
export type AttackOf<Name extends AttackName> = ReturnType<(typeof attacks)[Name]['create']>;

/** All names that `attack` takes. */
export const attackNames = Object.keys(attacks) as AttackName[];

/** The attacks that a study runs unless told: on the outputs of one model, with cuts from its shadow models. */
export const standardAttacks = [
  'correctness',
  'confidence',
  'entropy',
  'modified-entropy',
  'loss',
] as const satisfies readonly AttackName[];

/**
 * The attack of that name, e.g. `attack('lira', { online: false })`. A wrong name or option fails in the editor.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 *
 * @example
 * ```ts
 * import { attack } from 'ccl-lab';
 *
 * // Three models on two records: the target first, then one that was trained on the first record and one on the second.
 * const logits = [Float32Array.of(3, 0, 0, 1), Float32Array.of(2, 0, 0, 1), Float32Array.of(1, 0, 0, 2)];
 * const signals = { logits, labels: [0, 1], members: [[1, 0], [1, 0], [0, 1]] };
 * const { scores } = attack('difficulty-calibration').scores(signals);
 * console.log(scores[0] > scores[1]); // prints true
 * ```
 */
export function attack<Name extends AttackName>(name: Name, options?: AttackOptions<Name>): AttackOf<Name> {
  return attackFromData(name, options) as AttackOf<Name>;
}

offering(attack, () => attackNames);

/**
 * The same for a name and options that come from a file or a command line.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function attackFromData(name: string, options?: unknown): Attack {
  if (!Object.prototype.hasOwnProperty.call(attacks, name)) throw unknownName('attack', name, attackNames);
  return attacks[name as AttackName].create(name, options);
}

/** Every attack that an audit runs: each of the registry, and those with variants in each that the literature uses. */
export function auditAttacks(): Attack[] {
  const withVariants: readonly string[] = ['lira', 'rmia'];
  return [
    ...attackNames.filter((name) => !withVariants.includes(name)).map((name) => attackFromData(name)),
    attack('likelihood-ratio', { form: 'as-coded' }),
    attack('attack-r', { quantile: 'share' }),
    attack('quantile-regression', { nonMembers: 'population' }),
    attack('base', { online: false }),
    ...learnedVariants(),
    ...liraVariants.map((options) => attack('lira', options)),
    ...rmiaVariants.map((options) => attack('rmia', options)),
    combination(combinedParts()),
  ];
}

/** Beside their defaults: other features, and what a fit on the target's own membership reaches. */
function learnedVariants(): Attack[] {
  const fittedOn = 'target' as const;
  return [
    attack('threshold', { by: 'all' }),
    attack('threshold', { by: 'group' }),
    attack('threshold', { by: 'all', setOn: 'target' }),
    attack('threshold', { setOn: 'target' }),
    attack('privacy-risk', { form: 'tf-privacy' }),
    attack('privacy-risk', { form: 'tf-privacy', fittedOn }),
    attack('nn', { label: 'none' }),
    attack('nn', { sorted: false, label: 'none', outputs: 'probabilities' }),
    attack('nn', { sorted: false, label: 'one-hot' }),
    attack('nn', { fittedOn, records: 2000 }),
    attack('logistic-regression', { fittedOn }),
    attack('random-forest', { fittedOn }),
    attack('svm', { fittedOn }),
    attack('knn', { fittedOn }),
    attack('augmentation-query', { answers: 'scaled-logits' }),
    attack('adaptive-hamp', { queries: 'augmented' }),
  ];
}

/** What the audit's combination joins: attacks of different kinds that need reference models without the records only. */
function combinedParts(): Attack[] {
  return [
    attack('loss'),
    attack('difficulty-calibration'),
    attack('lira', { online: false, variance: 'global' }),
    attack('rmia', { online: false }),
  ];
}
