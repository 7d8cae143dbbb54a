import type { Attack, Need } from '../attacks/attack';
import { selfCheck } from '../attacks/self-check';
import { attackFromData, attackNames, standardAttacks, type AttackName } from '../attacks/registry';
import { UserError } from '../errors';
import { attackBehavior } from './behavior/attack-behavior';

/** An attack of a study. */
export interface StudyAttack {
  /** Unique in the study, e.g. `lira online=false`. */
  readonly key: string;
  readonly name: string;
  /** As they were given; the rest has the attack's defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly attack: Attack;
}

/** What the models of a study hold for attacks. A target's own records are in no shadow model of it. */
const held: Readonly<Record<'shadows' | 'ensemble', readonly Need[]>> = {
  shadows: ['shadow models', 'out-models'],
  ensemble: ['shadow models', 'in-models', 'out-models'],
};

const remedies: Readonly<Record<Need, string>> = {
  'shadow models': 'shadow models',
  'in-models':
    'models that were trained on the target\'s records. Give an ensemble ("ensemble": 16) instead of shadows, or the ' +
    'offline form of the attack ({"name": ..., "online": false}) if it has one',
  'out-models': 'models that were not trained on the record',
  augmented: 'outputs on altered copies of each record, which a study does not record',
  population: 'records that no model saw, which a study does not record',
  gradient_norms: 'norms of gradients, which a study does not record',
  trajectory: 'outputs after every epoch, which a study does not record',
  groups: 'a group for each record, which the data sets do not have',
  query: 'a function that asks the target about altered inputs: call the attack from code',
};

/**
 * Checks an attack of a study, also that the study's models will hold what it needs.
 *
 * @param given an attack of one's own, or a name with options
 * @throws UserError for an unknown option, for an attack that a study cannot make, and for one of one's own that fails the
 *   self-check
 */
export function checkedAttack(
  given: Attack | { readonly name: AttackName; readonly options: Readonly<Record<string, unknown>> },
  kind: 'shadows' | 'ensemble',
): StudyAttack {
  const isOwn = isAttack(given);
  const { name, options = {} } = given;
  const made = isOwn ? given : attackFromData(name, options);
  const missing = made.needs.find((need) => !held[kind].includes(need));
  if (missing !== undefined) {
    throw new UserError(
      `The attack ${made.name} cannot run in this study: it needs ${remedies[missing]}. ` +
        `Attacks that can with their defaults: ${possibleAttacks(kind).join(', ')}.`,
    );
  }
  if (kind === 'ensemble' && made.fittedOn === 'target') {
    throw new UserError(
      `The attack ${made.name} is fitted on the target's membership, so its scores of the many targets of an ensemble ` +
        'mean nothing together. Leave it out, or give shadows instead of an ensemble.',
    );
  }
  if (isOwn && made.family === undefined) mustPass(made);
  const shown = Object.entries(options).map(([option, value]) => `${option}=${String(value)}`);
  return { key: [name, ...shown].join(' '), name, options, attack: made };
}

/** Whether it is an attack that code made, not a name with options. */
export function isAttack(given: object): given is Attack {
  return 'scores' in given && typeof given.scores === 'function';
}

function mustPass(attack: Attack): void {
  attackBehavior(attack);
  const failed = checked(attack).items.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  throw new UserError(
    `The attack ${attack.name} fails the self-check: ${failed.map(({ name, detail }) => `${name} (${detail})`).join('; ')}. ` +
      'Higher scores must mean members, and nothing may be found where nothing is to be found.',
  );
}

function checked(attack: Attack): ReturnType<typeof selfCheck> {
  try {
    return selfCheck({ attacks: [attack] });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`The attack ${attack.name} fails in the self-check: ${error.message}`);
  }
}

/** Names of the attacks that run in a study with their default options. */
export function possibleAttacks(kind: 'shadows' | 'ensemble'): AttackName[] {
  return attackNames.filter((name) => {
    const { needs, fittedOn } = attackFromData(name);
    return needs.every((need) => held[kind].includes(need)) && fittedOn !== 'target';
  });
}

/** Whether it is one of the standard attacks, whose cuts are set on the shadow models' own records. */
export function isStandard({ attack: { family } }: StudyAttack): boolean {
  return family !== undefined && (standardAttacks as readonly string[]).includes(family);
}
