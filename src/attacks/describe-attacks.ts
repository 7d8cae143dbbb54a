import { z } from 'zod';
import type { Attack, AttackCost, FittedOn, Need } from './attack';
import { optionInfo, type OptionInfo } from './define-attack';
import { attackFromData, attackNames, attacks, auditAttacks } from './registry';

export interface AttackOption extends OptionInfo {
  readonly name: string;
  /** Allowed values in words. */
  readonly values: string;
  /** As JSON; undefined where there is none. */
  readonly byDefault?: string;
}

/** Everything that help texts and documents say about an attack, from the registry. */
export interface AttackDescription {
  /** As in `attackFromData(name)`. */
  readonly name: string;
  readonly title: string;
  readonly formula: string;
  readonly threatModel: string;
  readonly needs: readonly Need[];
  readonly fittedOn: FittedOn;
  readonly cost: AttackCost;
  readonly reference: string;
  readonly differences?: string;
  readonly options: readonly AttackOption[];
  /** Names of the forms that an audit runs. */
  readonly audited: readonly string[];
}

/** Attacks that are not here, each with the reason. */
export const leftOutAttacks: Readonly<Record<string, string>> = {
  YOQO:
    'You only query once (Wu et al. 2024): one optimized query a record in place of the thousands of a boundary attack. The ' +
    'saving is in queries, which cost an auditor nothing; the decision is that of the boundary attack.',
  OSLO:
    'One-shot label-only (Peng et al. 2024): transfers adversarial examples from many surrogate models that must be trained for ' +
    'the purpose; with reference models in hand, LiRA and RMIA say more.',
  'range MIA':
    'Asks whether a neighborhood of a record was trained on, another question than membership, with scores that cannot stand ' +
    'beside those here.',
  'data-set usage inference':
    'Asks for the share of a whole data set that was used: one number for many records, not a score of each.',
};

/** All attacks of the registry, and the combination that audits run, in order. */
export function describeAttacks(): AttackDescription[] {
  const audited = auditAttacks();
  const registered = attackNames.map((name) =>
    description(
      name,
      attackFromData(name),
      optionsOf(attacks[name].parameters),
      audited.filter(({ family }) => family === name),
    ),
  );
  const others = audited
    .filter(({ family }) => family === undefined)
    .map((attack) => description(attack.name, attack, [], [attack]));
  return [...registered, ...others];
}

function description(
  name: string,
  attack: Attack,
  options: readonly AttackOption[],
  audited: readonly Attack[],
): AttackDescription {
  const { title, formula, threatModel, needs, fittedOn, cost, reference, differences } = attack;
  return {
    name,
    title,
    formula,
    threatModel,
    needs,
    fittedOn,
    cost,
    reference,
    ...(differences === undefined ? {} : { differences }),
    options,
    audited: audited.map((own) => own.name),
  };
}

function optionsOf(schema: z.AnyZodObject): AttackOption[] {
  return Object.entries(schema.shape as Record<string, z.ZodTypeAny>).map(([name, type]) => {
    const info = optionInfo(type);
    if (info === undefined)
      throw new Error(`The option ${name} has no meaning and source: make it by option().`);
    const preset: unknown = type instanceof z.ZodDefault ? type._def.defaultValue() : undefined;
    return {
      name,
      values: valuesOf(type),
      ...info,
      ...(preset === undefined ? {} : { byDefault: JSON.stringify(preset) }),
    };
  });
}

function valuesOf(type: z.ZodTypeAny): string {
  if (type instanceof z.ZodDefault) return valuesOf(type.removeDefault());
  if (type instanceof z.ZodOptional) return valuesOf(type.unwrap());
  if (type instanceof z.ZodEnum)
    return (type.options as string[]).map((one) => JSON.stringify(one)).join(' | ');
  if (type instanceof z.ZodLiteral) return JSON.stringify(type.value);
  if (type instanceof z.ZodUnion) return (type.options as z.ZodTypeAny[]).map(valuesOf).join(' | ');
  if (type instanceof z.ZodBoolean) return 'true | false';
  if (type instanceof z.ZodNumber) return type.isInt ? 'whole number' : 'number';
  if (type instanceof z.ZodArray) return `list of ${valuesOf(type.element)}s`;
  // What JSON cannot hold: a function, an array of inputs, the signals of another model.
  return 'from code only';
}
