import { z } from 'zod';
import { defenseFromData, isRegistered, ownDefenses, type OwnDefenseName } from '../../defenses/registry';
import { UserError } from '../../errors';
import { lossFromData, losses, type LossName } from '../../losses/registry';
import type { Defense } from '../../training/defense';
import { checkDefense, defenseFingerprint, knownTimes } from './defense-behavior';
import { Digest } from './digest';
import { knownFamilies } from './known-families';

const behaviors = new WeakMap<Defense, string | undefined>();
const families = new Map<string, string>();
const made = new Map<string, string | undefined>();

/**
 * What tells a defense from the one of that name and options with which blocks were first named: the fingerprint of what
 * it computes; undefined for an entry of the registry that computes what it always did (known-families.ts), so that the
 * names of old blocks stay.
 *
 * @throws UserError for a defense of one's own that `checkDefense` refuses
 */
export function behaviorOf(defense: Defense): string | undefined {
  if (!behaviors.has(defense)) behaviors.set(defense, computed(defense));
  return behaviors.get(defense);
}

function computed(defense: Defense): string | undefined {
  const registered = registeredLike(defense);
  if (registered === undefined) {
    checkDefense(defense);
    return defenseFingerprint(defense);
  }
  const { name, options } = defense;
  const text = JSON.stringify([name, options]);
  if (!made.has(text)) made.set(text, isAsKnown(registered) ? undefined : defenseFingerprint(registered));
  return made.get(text);
}

/** Whether a defense exists only as an object of this process: no name and options make it again. */
export function isOwnDefense(defense: Defense): boolean {
  return !isRegistered(defense) && registeredLike(defense) === undefined;
}

/** The entry of the registry that a defense is, if it is one: an object of one's own may only bear its name. */
function registeredLike(defense: Defense): Defense | undefined {
  let registered: Defense;
  try {
    registered = isRegistered(defense) ? defense : defenseFromData(defense.name, defense.options);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const isSame = isRegistered(defense) || defenseFingerprint(registered) === defenseFingerprint(defense);
  return isSame ? registered : undefined;
}

/** Whether all entries that a defense is made of compute what they did. */
function isAsKnown({ name, options }: Defense): boolean {
  return [name, ...lossesIn(options)].every((entry) => knownFamilies[entry] === familyFingerprint(entry));
}

/** Revisions of the losses that a defense is made of, summed: of its base, or of the parts of `convex-concave`. */
export function partsRevision({ options }: Defense): number {
  return lossesIn(options).reduce((sum, name) => sum + (lossFromData(name).revision ?? 0), 0);
}

/** Names of losses that options hold, as in { base: { loss: 'ccel' } }, or as parts of `convex-concave`. */
function lossesIn(options: unknown): string[] {
  if (typeof options !== 'object' || options === null) return [];
  return Object.entries(options).flatMap(([option, value]) =>
    typeof value === 'string' && ['loss', 'convex', 'concave'].includes(option) && value in losses
      ? [value]
      : lossesIn(value),
  );
}

/** What an entry of the registry computes with its defaults and with other options, in 16 hex digits. */
export function familyFingerprint(name: string): string {
  let found = families.get(name);
  if (found === undefined) {
    const digest = new Digest();
    for (const options of probesOf(name)) {
      digest.text(JSON.stringify(options));
      digest.text(defenseFingerprint(defenseFromData(name, options), knownTimes));
    }
    families.set(name, (found = digest.end()));
  }
  return found;
}

/** For a loss each option moved to several places, for a defense, which takes longer, all of them once. */
function probesOf(name: string): Record<string, unknown>[] {
  const isLoss = name in losses;
  const { parameters } = isLoss ? losses[name as LossName] : ownDefenses[name as OwnDefenseName];
  const moved = Object.entries(shapeOf(parameters)).flatMap(([option, schema]) =>
    otherValues(schema)
      .filter((value) => isTaken(name, { [option]: value }))
      .map((value) => ({ [option]: value })),
  );
  if (isLoss) return [{}, ...moved];
  const once = moved.filter((probe, i) => moved.findIndex((each) => sameOption(each, probe)) === i);
  const all = Object.assign({}, ...once) as Record<string, unknown>;
  return isTaken(name, all) ? [{}, all] : [{}, ...once];
}

function sameOption(a: object, b: object): boolean {
  return Object.keys(a)[0] === Object.keys(b)[0];
}

function shapeOf(schema: z.ZodTypeAny): z.ZodRawShape {
  if (schema instanceof z.ZodEffects) return shapeOf(schema.innerType() as z.ZodTypeAny);
  return schema instanceof z.ZodObject ? (schema.shape as z.ZodRawShape) : {};
}

/** Values beside the default that an option may take. */
function otherValues(schema: z.ZodTypeAny, preset?: unknown): unknown[] {
  if (schema instanceof z.ZodDefault) {
    return otherValues(schema.removeDefault() as z.ZodTypeAny, schema._def.defaultValue());
  }
  if (schema instanceof z.ZodEffects) return otherValues(schema.innerType() as z.ZodTypeAny, preset);
  if (schema instanceof z.ZodEnum) return otherNames(schema.options as string[], preset);
  if (schema instanceof z.ZodBoolean) return [preset !== true];
  if (!(schema instanceof z.ZodNumber) || typeof preset !== 'number') return [];
  // Half of a number of epochs or steps also takes half of the time.
  return [preset / 2, 2 * preset, 0.3, 0.9, 0, 1, 3].filter((each) => each !== preset);
}

/** Of losses only those that were there from the start: a new one must not change what others are known by. */
function otherNames(names: readonly string[], preset: unknown): string[] {
  const others = names.filter((each) => each !== preset);
  return others.every((each) => each in losses)
    ? others.filter((each) => each in knownFamilies).sort()
    : others;
}

function isTaken(name: string, options: Readonly<Record<string, unknown>>): boolean {
  try {
    defenseFromData(name, options);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
