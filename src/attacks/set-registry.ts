import { z } from 'zod';
import { parseOptions, unknownName } from '../options';
import type { ScoreAttack, SetAttack } from './attack';
import { attackR, attackRParameters, difficultyCalibration } from './attack-r';
import { confidenceAttack } from './confidence';
import { correctnessAttack } from './correctness';
import { entropyAttack } from './entropy';
import { fromScore } from './from-score';
import { hingeAttack } from './hinge';
import { lira, liraParameters } from './lira';
import { lossAttack } from './loss';
import { maxConfidenceAttack } from './max-confidence';
import { modifiedEntropyAttack } from './modified-entropy';
import { populationAttack, populationParameters } from './population';
import { rmia, rmiaParameters } from './rmia';
import { scaledLogitAttack } from './scaled-logit';

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
  lira: { parameters: liraParameters, create: lira },
  rmia: { parameters: rmiaParameters, create: rmia },
} as const;

export type SetAttackName = keyof typeof setAttacks;

/** The options that the attack of that name takes; each has a default. */
export type SetAttackOptions<Name extends SetAttackName> = z.input<(typeof setAttacks)[Name]['parameters']>;

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
  return definition.create(parseOptions(`attack ${name}`, definition.parameters, options) as never);
}

/** Every attack that an audit runs: each of the registry, LiRA and RMIA in each variant that the literature uses. */
export function auditAttacks(): SetAttack[] {
  const single = setAttackNames
    .filter((name) => name !== 'lira' && name !== 'rmia')
    .map((name) => setAttack(name));
  return [...single, ...liraVariants(), ...rmiaVariants()];
}

function liraVariants(): SetAttack[] {
  const variances = ['per-example', 'global', 'shrunken', 'carlini-fixed', 'aerni-fixed'] as const;
  return [
    ...variances.map((variance) => setAttack('lira', { variance })),
    setAttack('lira', { center: 'mean' }),
    setAttack('lira', { queries: 'augmented' }),
    ...(['per-example', 'global'] as const).map((variance) => setAttack('lira', { online: false, variance })),
    setAttack('lira', { online: false, form: 'two-sided' }),
  ];
}

function rmiaVariants(): SetAttack[] {
  return [
    setAttack('rmia', { gamma: 1 }),
    setAttack('rmia', { gamma: 2 }),
    setAttack('rmia', { online: false, gamma: 1 }),
    setAttack('rmia', { online: false, gamma: 2 }),
  ];
}
