import { z } from 'zod';
import type { AttackResult } from '../attacks/attack';
import type { CanaryKind } from '../data/canaries';
import type { Dataset, ScalingKind } from '../data/dataset';
import type { DefenseOptionValues } from '../training/defense';
import { badInput, UserError } from '../errors';
import type { Interval } from '../metrics/interval';
import type { LossSummary } from '../metrics/matched-histories';
import type { ModelSpec } from '../models/network';
import { readJson } from '../platform/formats/read-file';
import type { RecipeChanges } from '../training/recipe';
import type { Made } from './made';
import type { Study } from './study';

export type { LossSummary } from '../metrics/matched-histories';

/** One evaluated epoch of one target, attacked with its own shadow stopped at the same epoch. */
export interface PathPoint {
  readonly epoch: number;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly memberLoss: LossSummary;
  readonly nonMemberLoss: LossSummary;
  /** Advantage of the loss attack with class thresholds from the shadow. */
  readonly advantage: number;
  /** AUC of the loss attack. */
  readonly auc: number;
}

/** An attack of a study against one target, or against all models of an ensemble, each in turn. */
export interface StudyAttackResult extends AttackResult {
  /** In an ensemble, the same for the canaries of each kind; all other numbers are then of the other records. */
  readonly canaries: Readonly<
    Partial<Record<CanaryKind, Pick<AttackResult, 'accuracy' | 'advantage' | 'auc' | 'tprAtFpr'>>>
  >;
}

/** The shadow models of a run as if they were targets: what an owner may look at before choosing parameters. */
export interface ShadowNumbers {
  readonly testAccuracy: number;
  /** Of the loss attack, with cuts from another shadow model, or from the other half of the records of the only one. */
  readonly advantage: number;
  readonly p1: number;
}

/**
 * One trained and attacked target (one defense, one seed); of an ensemble all models, each a target in turn: accuracies,
 * path and advantage are means over models, attacks are judged over all pairs of model and record.
 */
export interface RunResult {
  readonly seed: number;
  /** The target in the store: id of its block, and its place there. Of an ensemble the first model. */
  readonly block: string;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly memberLoss: LossSummary;
  readonly nonMemberLoss: LossSummary;
  readonly attacks: readonly StudyAttackResult[];
  /** The loss attack on the released outputs, cuts per class from shadow models. */
  readonly lossAttack: { readonly advantage: number; readonly auc: number };
  /** Means over the shadow models; null in an ensemble, and where they were trained otherwise than the target. */
  readonly shadows: ShadowNumbers | null;
  /** 2 A (1 - adv) / (A + 1 - adv), A = test accuracy, adv = advantage of the loss attack. */
  readonly p1: number;
  readonly path: readonly PathPoint[];
  /** CE losses at the end, one a member record (of an ensemble's first model); the loss attack's score is their negative. */
  readonly memberLosses: readonly number[];
  /** CE losses at the end, one a non-member record. */
  readonly nonMemberLosses: readonly number[];
}

/** The metrics that are summed up over seeds and compared with the baseline. */
export type SummaryMetric =
  | 'trainAccuracy'
  | 'testAccuracy'
  | 'memberLossMean'
  | 'memberLossVariance'
  | 'memberLossMedian'
  | 'nonMemberLossMean'
  | 'nonMemberLossVariance'
  | 'advantage'
  | 'auc'
  | 'p1';

/** What a study found of a defense. Defenses of one name differ in their options and changes of the recipe only. */
export interface DefenseResult {
  /** Unique within the study, e.g. `ccel alpha=0.5`: to find it by. What it says stands beside it, as data. */
  readonly key: string;
  /** Name of the loss or defense. */
  readonly name: string;
  /** All options, those that were not given as well. */
  readonly options: DefenseOptionValues;
  /** What it computed (`behaviorOf`); absent for an entry of the registry that computes what it always did. */
  readonly behavior?: string;
  /** Its changes of the study's recipe. */
  readonly recipe: RecipeChanges;
  /** For people, without options: `CCEL`. */
  readonly title: string;
  /** For people: `CCEL (alpha 0.5)`. */
  readonly label: string;
  readonly runs: readonly RunResult[];
  /** Mean over seeds with a t interval (null bounds with fewer than 2 seeds). */
  readonly summary: Readonly<Record<SummaryMetric, Interval>>;
}

/** Paired difference to the baseline, seeds as the unit. */
export interface Comparison {
  /** Key of the defense. */
  readonly defense: string;
  readonly metric: SummaryMetric;
  /** Defense minus baseline. */
  readonly difference: Interval;
  /** Two-sided p of the paired t test, after Holm's correction over defenses within this metric. */
  readonly p: number | null;
  readonly verdict: 'better' | 'worse' | 'not decided';
}

/** A defense as its shadow models show it, means over seeds. */
export interface Candidate extends ShadowNumbers {
  /** Key of the defense. */
  readonly defense: string;
}

/** The parameters of a loss or defense that were chosen without a look at any target. */
export interface Selection {
  /** Name of the loss or defense. */
  readonly name: string;
  readonly rule: SelectionRule;
  /** Key of the chosen defense; null if none is accurate enough. */
  readonly chosen: string | null;
  /** All defenses of that name, in the order of the study. */
  readonly candidates: readonly Candidate[];
}

/** How parameters are chosen: the largest P1, or the smallest advantage among those that are accurate enough. */
export type SelectionRule =
  { readonly by: 'p1' } | { readonly by: 'advantage'; readonly accuracyAtLeast: number };

/** How a study trains and attacks. */
export interface StudySettings extends Pick<
  Study,
  'recipe' | 'seeds' | 'shadows' | 'ensemble' | 'canaries' | 'adversary'
> {
  /** How records were dealt, and what that is called. */
  readonly split: Study['split'] & { readonly title: string };
}

/** What a result says about a file of one's own. */
export interface DataFileFacts {
  /** Without its folder. */
  readonly file: string;
  readonly label: string;
  /** Class 0 first. */
  readonly classNames: readonly string[];
  readonly scaling: ScalingKind | 'none';
  /** How many columns are scaled, by the training records of each model. */
  readonly scaledColumns: number;
}

/** Everything that the table, the figures and the report need; plain JSON. */
export interface StudyResult {
  readonly schema: 'ccl-lab/study-result/2';
  readonly name: string;
  /** The command that reproduces it. */
  readonly command: string;
  readonly data: Pick<
    Dataset,
    'name' | 'title' | 'synthetic' | 'records' | 'features' | 'classes' | 'sha256'
  > & {
    /** Records in each part of the split. */
    readonly partSize: number;
    /** Of a file of one's own; absent otherwise. */
    readonly file?: DataFileFacts;
  };
  /** The network, and what it is called. */
  readonly model: ModelSpec & { readonly label: string };
  readonly settings: StudySettings;
  readonly backend: { readonly name: string; readonly version: string; readonly threads: number };
  /** Of each loss or defense with several settings, those that its shadow models point to. */
  readonly selections: readonly Selection[];
  /** What each attack computed (`attackBehavior`), by its key; absent in results of earlier versions. */
  readonly attackBehaviors?: Readonly<Record<string, string>>;
  /** The first one is the baseline. */
  readonly defenses: readonly DefenseResult[];
  readonly comparisons: readonly Comparison[];
  readonly blocks: { readonly trained: number; readonly reused: number };
  /** Absent in results of earlier versions. */
  readonly made?: Made;
}

export const studyResultSchema = 'ccl-lab/study-result/2';

const interval = z
  .object({
    estimate: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    method: z.object({ name: z.string() }).passthrough(),
  })
  .passthrough();
/** Losses of records are checked as a list only: there are many. */
const losses = z.custom<readonly number[]>(Array.isArray, 'Must be a list of numbers').default(() => []);
const run = z
  .object({
    seed: z.number(),
    block: z.string(),
    testAccuracy: z.number(),
    attacks: z.array(
      z.object({ name: z.string(), title: z.string(), advantage: interval, auc: interval }).passthrough(),
    ),
    path: z.array(z.object({ epoch: z.number() }).passthrough()),
    memberLosses: losses,
    nonMemberLosses: losses,
  })
  .passthrough();
const defense = z
  .object({
    key: z.string(),
    name: z.string(),
    options: z.record(z.unknown()),
    recipe: z.record(z.unknown()),
    title: z.string(),
    label: z.string(),
    runs: z.array(run).min(1, 'Must hold at least one run'),
    summary: z.record(interval),
  })
  .passthrough();
const resultShape = z
  .object({
    name: z.string(),
    command: z.string(),
    data: z.object({ title: z.string(), synthetic: z.boolean(), sha256: z.string() }).passthrough(),
    model: z.object({ name: z.string(), label: z.string() }).passthrough(),
    settings: z
      .object({
        recipe: z.object({ epochs: z.number() }).passthrough(),
        split: z.object({ name: z.string(), title: z.string() }).passthrough(),
        seeds: z.array(z.number()),
        shadows: z.number(),
        ensemble: z.number().nullable(),
        adversary: z.string(),
      })
      .passthrough(),
    backend: z.object({ name: z.string() }).passthrough(),
    selections: z
      .array(z.object({ name: z.string(), rule: z.object({ by: z.string() }).passthrough() }).passthrough())
      .default(() => []),
    defenses: z.array(defense).min(1, 'Must hold at least one defense'),
    comparisons: z.array(z.object({ defense: z.string(), metric: z.string() }).passthrough()),
    blocks: z.object({ trained: z.number(), reused: z.number() }),
  })
  .passthrough();

/** The `schema` of a value that came from a JSON file; null if it names none. */
export function schemaOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return null;
  return typeof value.schema === 'string' ? value.schema : null;
}

/**
 * The result of a study from a file that `ccl study run --json FILE` or `ccl study export --format json` wrote. Losses of
 * single records may be left out of the file; `memberLosses` and `nonMemberLosses` are then empty.
 *
 * @throws UserError that names the file, if it cannot be read, is no JSON, is no result, or lacks a part of one
 */
export function readStudyResult(file: string): StudyResult {
  return studyResultFrom(file, readJson(file));
}

/** The result in the content of a file, checked. */
export function studyResultFrom(file: string, value: unknown): StudyResult {
  const remedy = 'Pass a file that ccl study run --json or ccl study export --format json wrote';
  if (schemaOf(value) === 'ccl-lab/study-result/1') {
    throw new UserError(
      `${file} was written by an earlier version: its schema is "ccl-lab/study-result/1", and this one reads ` +
        `"${studyResultSchema}". If the study's blocks are kept, write it again with ccl study export --format json; ` +
        'else convert it, as docs/studies.md says under «Results of earlier versions».',
    );
  }
  if (schemaOf(value) !== studyResultSchema) {
    throw badInput(`the schema of ${file}`, schemaOf(value), `must be "${studyResultSchema}"`, remedy);
  }
  const parsed = resultShape.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new UserError(
      `${file} is not a whole result of a study: ${path.join('.')}: ${message}. ${remedy}.`,
    );
  }
  // What has been checked is what the figures and the tables start from; the rest stands beside it in the same file.
  const result = parsed.data as unknown as StudyResult;
  // Exports of earlier versions name no command; what can be said of them is where their numbers lie.
  return result.command === '' ? { ...result, command: `npx ccl study report ${file}` } : result;
}
