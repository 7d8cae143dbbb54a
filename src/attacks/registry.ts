import { unknownName } from '../options';
import type { ScoreAttack } from './attack';
import { confidenceAttack } from './confidence';
import { correctnessAttack } from './correctness';
import { entropyAttack } from './entropy';
import { lossAttack } from './loss';
import { modifiedEntropyAttack } from './modified-entropy';

/** All attacks by name. Help texts, tables and reports read titles, formulas and threat models from here. */
export const attacks = {
  correctness: correctnessAttack,
  confidence: confidenceAttack,
  entropy: entropyAttack,
  'modified-entropy': modifiedEntropyAttack,
  loss: lossAttack,
} as const;

export type AttackName = keyof typeof attacks;

/** All names that `attack` takes. */
export const attackNames = Object.keys(attacks) as AttackName[];

/**
 * The attack of that name, e.g. `attack('loss')`. A wrong name fails in the editor.
 *
 * @throws UserError for an unknown name, with the known ones and the nearest
 */
export function attack(name: AttackName): ScoreAttack {
  if (!Object.prototype.hasOwnProperty.call(attacks, name))
    throw unknownName('attack', String(name), attackNames);
  return attacks[name];
}
