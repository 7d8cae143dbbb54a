import { z } from 'zod';
import { badInput } from '../errors';
import { parseOptions } from '../options';
import { memorySignalSet, type SignalArrays } from '../signals/memory-signal-set';
import type { ModelSignals, SignalSet } from '../signals/signal-set';
import {
  distinctNotes,
  type Attack,
  type AttackContext,
  type AttackInfo,
  type AttackNote,
  type AttackScores,
  type OutputAttack,
} from './attack';
import { classThresholds, ofRecords, pooledRecords } from './class-thresholds';
import { lessonParts, shadowModels } from './shadow-models';

/** What a person states of an attack that looks at nothing but the outputs of one model. */
export interface OutputStatement extends AttackInfo {
  /** Set where the definition fixes the cut («member if score >= cut»); otherwise cuts a class are set on shadow models. */
  readonly cut?: number;
  readonly differences?: string;
  readonly onTrueClass?: true;
  readonly withoutLabels?: true;
  /** Scores, [n], float64, higher = member. */
  score(signals: ModelSignals): Float64Array;
  readonly scores?: never;
}

/** What a person states of any other attack. */
export interface SetStatement extends Omit<Attack, 'scores' | 'family' | 'options'> {
  /** As `Attack.scores`, of a set. */
  scores(set: SignalSet, context: AttackContext): AttackScores;
  readonly score?: never;
}

/**
 * An attack of what is stated of it, e.g. one of your own; nothing has to be registered.
 *
 * A score of single outputs gets cuts a class from the shadow models where there are some (those with records of their own
 * first), from the definition where it fixes one, and nowhere else; the target's membership is not touched.
 *
 * @example
 * const margin = makeAttack({
 *   name: 'margin', title: 'Margin', formula: 'z_y - max_{k != y} z_k', reference: 'mine', threatModel: 'all outputs',
 *   score: hingeMargin,
 * });
 * margin.scores({ logits: Float32Array.of(2, 0, 0, 1), labels: [0, 1], members: [1, 0] }).scores; // 2, 1
 */
export function makeAttack(statement: SetStatement): Attack;
export function makeAttack(statement: OutputStatement): OutputAttack;
export function makeAttack(statement: OutputStatement | SetStatement): Attack {
  if (statement.scores !== undefined) {
    const { scores } = statement;
    return { ...statement, scores: (signals, context) => scores(signalSet(signals), context ?? { seed: 1 }) };
  }
  const { cut, ...info } = statement;
  const attack: OutputAttack = {
    ...info,
    needs: [],
    fittedOn: 'nothing',
    cost: { queries: '1 a record', models: cut === undefined ? 'one shadow model for its cuts' : 'none' },
    scores: (signals) => outputScores(statement, signalSet(signals)),
  };
  return attack;
}

/** The signals as a set. */
export function signalSet(signals: SignalSet | SignalArrays): SignalSet {
  return 'model' in signals ? signals : memorySignalSet(signals);
}

function outputScores({ name, score, cut }: OutputStatement, set: SignalSet): AttackScores {
  const scores = score(set.model(set.target));
  if (scores.length !== set.n) {
    throw badInput(
      `the number of scores of ${name}`,
      scores.length,
      `must be ${set.n}, one a record`,
      'Return a Float64Array of n scores',
    );
  }
  if (cut !== undefined) return { scores, cuts: new Float64Array(set.n).fill(cut), notes: [] };
  const { n, classes, labels, shadows: elsewhere = [] } = set;
  if (elsewhere.length > 0) {
    const { cuts, notes } = classThresholds(pooledRecords(score, elsewhere), classes);
    return { scores, cuts: Float64Array.from(labels, (label) => cuts[label]), notes };
  }
  const shadows = shadowModels(set);
  if (shadows.length === 0) return { scores, notes: [{ code: 'no-cut' }] };
  const known = pooledRecords(
    score,
    shadows.map((m) => set.model(m)),
  );
  const cuts = new Float64Array(n);
  const notes: AttackNote[] = [];
  for (const part of lessonParts(set, shadows)) {
    const found = classThresholds(ofRecords(known, n, part.known), classes);
    for (const i of part.asked) cuts[i] = found.cuts[labels[i]];
    notes.push(...found.notes);
  }
  return { scores, cuts, notes: distinctNotes(notes) };
}

/** What help texts and documents say about an option. */
export interface OptionInfo {
  readonly meaning: string;
  /** Where the option, or its default, comes from. */
  readonly source: string;
}

const infos = new WeakMap<z.ZodTypeAny, OptionInfo>();

/** Meaning and source of an option that `option` made; undefined for any other schema. */
export function optionInfo(schema: z.ZodTypeAny): OptionInfo | undefined {
  return infos.get(schema);
}

/** An option with what it means and where it comes from. */
export function option<Schema extends z.ZodTypeAny>(schema: Schema, meaning: string, source: string): Schema {
  infos.set(schema, { meaning, source });
  return schema;
}

/** A whole number of at least 1. */
export const positive = z.number().int('Must be a whole number').min(1, 'Must be at least 1');

/** A finite number above 0. */
export const aboveZero = z.number().positive('Must be above 0').finite('Must be finite');

/** A number in [0, 1]. */
export const unit = z.number().min(0, 'Must be in [0, 1]').max(1, 'Must be in [0, 1]');

/** The options of an attack, every default filled in. */
export type Filled<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape, 'strict'>>;

/** An attack as the registry holds it. */
export interface AttackDefinition<Shape extends z.ZodRawShape = z.ZodRawShape, Made extends Attack = Attack> {
  readonly parameters: z.ZodObject<Shape, 'strict'>;
  /** @throws UserError for an unknown option, or a value outside its range */
  create(name: string, options: unknown): Made;
}

/** An attack for the registry: its options, and what it is with each choice of them. */
export function defineAttack<Shape extends z.ZodRawShape>(
  shape: Shape,
  state: (options: Filled<Shape>) => SetStatement,
): AttackDefinition<Shape> {
  const parameters = z.object(shape).strict();
  return {
    parameters,
    create(name, options) {
      const filled = parseOptions(`attack ${name}`, parameters, options) as Filled<Shape>;
      return { ...makeAttack(state(filled)), family: name, options: plainOptions(filled) };
    },
  };
}

export type OutputDefinition = AttackDefinition<Record<never, never>, OutputAttack>;

/** The same for a score of the outputs of one model, which takes no options. */
export function defineOutputAttack(statement: OutputStatement): OutputDefinition {
  const parameters = z.object({}).strict();
  return {
    parameters,
    create(name, options) {
      parseOptions(`attack ${name}`, parameters, options);
      return { ...makeAttack(statement), family: name, options: {} };
    },
  };
}

/** Without functions, arrays of numbers and the like, which only code can pass. */
function plainOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  );
}
