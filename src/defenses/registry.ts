import type { z } from 'zod';
import { UserError } from '../errors';
import { lossFromData, lossNames, type LossName, type LossOptions } from '../losses/registry';
import { parseOptions, unknownName } from '../options';
import type { Defense, DefenseDefinition, DefenseOptionValues } from '../training/defense';
import { dpSgd } from './dp-sgd';
import { dropout } from './dropout';
import { hamp } from './hamp';
import { dataFreeDistillation } from './data-free-distillation';
import { lossDefense } from '../training/batch-loss';
import { pate } from './pate';
import { dmp } from './dmp';
import { distillation } from './distillation';
import { selena } from './selena';
import { memguard } from './memguard';
import { relaxloss } from './relaxloss';
import { reverseSigmoid, rounding, temperature, topK } from './answer-filters';
import { earlyStopping } from './early-stopping';
import { l1 } from './l1';
import { l2 } from './l2';
import { mixup } from './mixup';
import { mixupMmd } from './mixup-mmd';
import { advreg } from './advreg';
import { offering } from '../running-cell';

/**
 * The defenses that are more than a loss, by name: title, source, parameters with ranges and defaults, what they change
 * and need. Every loss of the registry is a defense too, under its own name.
 */
export const ownDefenses = {
  dropout,
  hamp,
  selena,
  distillation,
  dmp,
  'data-free-distillation': dataFreeDistillation,
  pate,
  relaxloss,
  memguard,
  rounding,
  'top-k': topK,
  temperature,
  'reverse-sigmoid': reverseSigmoid,
  'early-stopping': earlyStopping,
  l1,
  l2,
  mixup,
  'mixup-mmd': mixupMmd,
  'dp-sgd': dpSgd,
  advreg,
} as const;

/** Defenses that the literature has and this laboratory has not, with the reason. */
export const leftOutDefenses: Readonly<Record<string, string>> = {
  'self-supervised-features':
    'an encoder trained without labels needs alterations that keep what a record is, which tables of bits have not, ' +
    'and hundreds of epochs of contrastive training with large batches for pictures',
  'confident-pate': 'the thresholds on agreement pay with far more teachers than a model here has; use pate',
};

export type OwnDefenseName = keyof typeof ownDefenses;
export type DefenseName = LossName | OwnDefenseName;

/** The options that the defense of that name takes; each has a default. */
export type DefenseOptions<Name extends DefenseName> = Name extends LossName
  ? LossOptions<Name>
  : Name extends OwnDefenseName
    ? z.input<(typeof ownDefenses)[Name]['parameters']>
    : never;

export const ownDefenseNames = Object.keys(ownDefenses) as OwnDefenseName[];

/** All names of defenses: losses first, then those with a file of their own. */
export const defenseNames: readonly DefenseName[] = [...lossNames, ...ownDefenseNames];

/**
 * The defense of that name, e.g. `defense('dropout', { rate: 0.5 })` or `defense('ccel', { alpha: 0.5 })`. A wrong name
 * or option fails in the editor.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 *
 * @example
 * ```ts
 * import { defense } from 'ccl-lab';
 *
 * console.log(defense('relaxloss', { target: 0.5 }).label); // prints RelaxLoss
 * ```
 */
export function defense<Name extends DefenseName>(name: Name, options?: DefenseOptions<Name>): Defense {
  return defenseFromData(name, options);
}

offering(defense, () => defenseNames);

/**
 * The same for a name and options that come from a file or a command line.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function defenseFromData(name: string, options?: unknown): Defense {
  const made = createDefense(name, options);
  registered.add(made);
  return made;
}

const registered = new WeakSet<Defense>();

/** Whether the registry made this very object, so that its name and options say all about it. */
export function isRegistered(made: Defense): boolean {
  return registered.has(made);
}

function createDefense(name: string, options: unknown): Defense {
  if (lossNames.includes(name as LossName)) return lossDefense(lossFromData(name, options));
  if (Object.prototype.hasOwnProperty.call(leftOutDefenses, name))
    throw new UserError(`${name} is left out: ${leftOutDefenses[name]}.`);
  if (!Object.prototype.hasOwnProperty.call(ownDefenses, name))
    throw unknownName('defense', name, defenseNames);
  const definition: DefenseDefinition = ownDefenses[name as OwnDefenseName] as never;
  const checked = parseOptions(`defense ${name}`, definition.parameters, options) as DefenseOptionValues;
  const { short: title, changes, needs, revision } = definition;
  return { name, title, options: checked, changes, needs, revision, ...definition.create(checked) };
}
