import { z } from 'zod';
import { losses, lossNames, type LossName } from '../losses/registry';
import { parameterInfo } from '../losses/parameters';
import { unknownName } from '../options';
import type { Change, DefenseDefinition, ExtraData, PrivacyPromise } from '../training/defense';
import { defenseNames, ownDefenseNames, ownDefenses } from './registry';

export interface ParameterDescription {
  readonly name: string;
  /** As an interval, a list of names, or in words. */
  readonly range: string;
  /** As JSON. */
  readonly default: string;
  readonly meaning: string;
}

/** Everything that help texts and documents say about a defense, from the registry. */
export interface DefenseDescription {
  /** As in `defense(name)`. */
  readonly name: string;
  /** Whether it is a loss of the registry and nothing else. */
  readonly isLoss: boolean;
  readonly title: string;
  readonly source: string;
  readonly changes: readonly Change[];
  readonly needs: readonly ExtraData[];
  readonly parameters: readonly ParameterDescription[];
  readonly claim: string;
  readonly promise: PrivacyPromise;
}

/** What a loss promises. Losses that are not named here were made against noise, overconfidence or imbalance. */
const lossClaims: Partial<Record<LossName, readonly [claim: string, promise: PrivacyPromise]>> = {
  ce: ['what the others are compared with', 'nothing'],
  ccel: ["a wider spread of the members' losses, so more privacy at about the same accuracy", 'more privacy'],
  ccql: ["a wider spread of the members' losses, so more privacy at about the same accuracy", 'more privacy'],
  'convex-concave': [
    "a wider spread of the members' losses, so more privacy at about the same accuracy",
    'more privacy',
  ],
  cel: ['the concave part of CCEL alone; nothing is claimed for it', 'nothing'],
  cql: ['the concave part of CCQL alone; nothing is claimed for it', 'nothing'],
};

const noClaim = ['nothing is claimed for membership', 'nothing'] as const;

/** Every defense of the registry: the own ones first, then the losses. */
export function describeDefenses(): DefenseDescription[] {
  return [...ownDefenseNames, ...lossNames].map(describeDefense);
}

/** @throws UserError for an unknown name, with the nearest known one */
/** What is known of one defense without training: title, options, what it changes, its claim and source. */
export function describeDefense(name: string): DefenseDescription {
  if ((lossNames as readonly string[]).includes(name)) return describedLoss(name as LossName);
  const definition = (ownDefenses as Readonly<Record<string, DefenseDefinition>>)[name];
  if (!Object.prototype.hasOwnProperty.call(ownDefenses, name))
    throw unknownName('defense', name, defenseNames);
  const { title, source, changes, needs, parameters, claim, promise = 'more privacy' } = definition;
  return {
    name,
    isLoss: false,
    title,
    source,
    changes,
    needs,
    parameters: parametersOf(parameters),
    claim,
    promise,
  };
}

function describedLoss(name: LossName): DefenseDescription {
  const { title, reference, parameters } = losses[name];
  const [claim, promise] = lossClaims[name] ?? noClaim;
  return {
    name,
    isLoss: true,
    title,
    source: reference,
    changes: ['loss'],
    needs: [],
    parameters: parametersOf(parameters),
    claim,
    promise,
  };
}

function parametersOf(schema: z.ZodTypeAny): ParameterDescription[] {
  if (schema instanceof z.ZodEffects) return parametersOf(schema.innerType());
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodTypeAny>).map(([name, type]) => {
    const preset: unknown = type instanceof z.ZodDefault ? type._def.defaultValue() : undefined;
    const info = parameterInfo(type);
    if (info !== undefined) return { name, ...info, default: JSON.stringify(preset) };
    if (name === 'base') {
      return {
        name,
        range: 'a loss with its options',
        default: '{"loss":"ce"}',
        meaning: 'the loss that it is combined with, e.g. {"loss":"ccel","alpha":0.5}',
      };
    }
    return {
      name,
      range: rangeOf(type),
      default: preset === undefined ? 'none' : JSON.stringify(preset),
      meaning: type.description ?? '',
    };
  });
}

/** For parameters that no helper of src/losses/parameters.ts made. */
function rangeOf(type: z.ZodTypeAny): string {
  if (type instanceof z.ZodDefault) return rangeOf(type.removeDefault());
  if (type instanceof z.ZodOptional) return rangeOf(type.unwrap());
  if (type instanceof z.ZodNullable) return `${rangeOf(type.unwrap())} or null`;
  if (type instanceof z.ZodEffects) return rangeOf(type.innerType());
  if (type instanceof z.ZodEnum) return (type.options as string[]).join(' | ');
  if (type instanceof z.ZodBoolean) return 'true | false';
  if (type instanceof z.ZodNumber) return type.isInt ? 'a whole number' : 'a number';
  return 'see the source';
}
