import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pairedComparison } from '../metrics/over-seeds';
import { projectRoot } from '../paths';
import { mean } from '../platform/math/quantile';
import type { Defense, DefenseOptionValues, PrivacyPromise } from '../training/defense';
import { defenseFromData } from './registry';

/** One target model and one shadow model with a defense on Location30. */
export interface MeasuredRun {
  readonly name: string;
  readonly label: string;
  readonly options: DefenseOptionValues;
  /** Whether all options are the registry's defaults. */
  readonly isDefault: boolean;
  readonly seed: number;
  /** Of the training and of the defense, when it was measured. */
  readonly revision: string;
  readonly memberAccuracy: number;
  readonly testAccuracy: number;
  /** By attack: AUC of the raw score, and TPR - FPR at cuts that the shadow model set. */
  readonly attacks: Readonly<Record<string, { readonly auc: number; readonly advantage: number }>>;
  /** CPU time of the target's training with its teachers and output defense; a measurement, unlike the rest not reproducible. */
  readonly cpuSeconds: number;
}

/** data/results/defenses-location30.json, which data/results/make-defenses.ts makes. */
export interface MeasuredDefenses {
  readonly schema: string;
  readonly command: string;
  readonly data: {
    readonly name: string;
    readonly records: number;
    readonly features: number;
    readonly classes: number;
    readonly sha256: string;
    readonly partSize: number;
  };
  readonly settings: Readonly<Record<string, unknown>>;
  readonly backend: { readonly name: string; readonly version: string; readonly threads: number };
  readonly runs: readonly MeasuredRun[];
}

/** The committed measurements; none in a package, which has no data. */
export function measuredRuns(
  file = join(projectRoot, 'data', 'results', 'defenses-location30.json'),
): readonly MeasuredRun[] {
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as MeasuredDefenses).runs;
}

/** Whether a defense has no option changed. */
export function defaultSetting({ name, options }: Pick<Defense, 'name' | 'options'>): boolean {
  return JSON.stringify(options) === JSON.stringify(defenseFromData(name).options);
}

/** Means over the seeds of one defense with one setting. */
export interface MeasuredRow {
  readonly name: string;
  readonly label: string;
  readonly isDefault: boolean;
  readonly seeds: number;
  readonly testAccuracy: number;
  readonly memberAccuracy: number;
  readonly lossAdvantage: number;
  readonly lossAuc: number;
  /** The attack with the largest mean AUC. */
  readonly best: { readonly name: string; readonly auc: number };
  /** CPU time of the training, as a multiple of cross-entropy's. */
  readonly cost: number;
  /** The best attack's AUC minus that against cross-entropy, over the same seeds, with a paired 95 % t interval. */
  readonly difference: {
    readonly estimate: number;
    readonly low: number | null;
    readonly high: number | null;
  };
  /** Test accuracy minus cross-entropy's. */
  readonly accuracyDifference: number;
}

/** Rows in the order of the runs; none without cross-entropy to compare with. */
export function measuredRows(runs: readonly MeasuredRun[]): MeasuredRow[] {
  const baseline = runs.filter(({ name, isDefault }) => name === 'ce' && isDefault);
  const groups = new Map<string, MeasuredRun[]>();
  for (const run of runs) {
    const key = `${run.name} ${JSON.stringify(run.options)}`;
    if (baseline.some(({ seed }) => seed === run.seed)) groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((own) => row(own, baseline));
}

function row(runs: readonly MeasuredRun[], baseline: readonly MeasuredRun[]): MeasuredRow {
  const [{ name, label, isDefault }] = runs;
  const same = runs.map(({ seed }) => baseline.find((run) => run.seed === seed)!);
  const best = bestAttack(runs);
  const bestOfBaseline = bestAttack(same);
  const over = (value: (run: MeasuredRun) => number, all = runs): number => mean(all.map(value));
  return {
    name,
    label,
    isDefault,
    seeds: runs.length,
    testAccuracy: over((run) => run.testAccuracy),
    memberAccuracy: over((run) => run.memberAccuracy),
    lossAdvantage: over((run) => run.attacks.loss.advantage),
    lossAuc: over((run) => run.attacks.loss.auc),
    best: { name: best, auc: over((run) => run.attacks[best].auc) },
    // The least of the seeds: other work on the machine only adds.
    cost: least(runs) / least(baseline),
    difference: pairedComparison(
      runs.map(({ attacks }) => attacks[best].auc),
      same.map(({ attacks }) => attacks[bestOfBaseline].auc),
    ).difference,
    accuracyDifference: over((run) => run.testAccuracy) - over((run) => run.testAccuracy, same),
  };
}

function bestAttack(runs: readonly MeasuredRun[]): string {
  const names = Object.keys(runs[0].attacks);
  const means = names.map((name) => mean(runs.map(({ attacks }) => attacks[name].auc)));
  return names[means.indexOf(Math.max(...means))];
}

function least(runs: readonly MeasuredRun[]): number {
  return Math.min(...runs.map(({ cpuSeconds }) => cpuSeconds));
}

/** Least change of the AUC that is called one. */
const noticeable = 0.02;

/**
 * Whether privacy moved as the source says: «as the paper says», «not here», or «no claim».
 *
 * More privacy: the best attack's AUC is lower than against cross-entropy by at least 0.02, with several seeds by an
 * interval below 0 too. No more privacy: it is not lower by that much. An accuracy lost of at least 3 points is told.
 */
export function verdict(
  { difference, accuracyDifference, seeds }: MeasuredRow,
  promise: PrivacyPromise,
): string {
  if (promise === 'nothing') return 'no claim';
  const { estimate, high } = difference;
  const lower = estimate <= -noticeable && (seeds === 1 || high === null || high < 0);
  const holds = promise === 'more privacy' ? lower : !lower;
  const lost =
    accuracyDifference <= -0.03 ? `, for ${(-100 * accuracyDifference).toFixed(0)} points of accuracy` : '';
  return `${holds ? 'as the paper says' : 'not here'}${lost}`;
}

/** The change of the best attack's AUC with its interval, e.g. «-0.021 [-0.028, -0.014]». */
export function changeInWords({ difference: { estimate, low, high } }: MeasuredRow): string {
  const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
  return `${signed(estimate)}${low === null || high === null ? '' : ` [${signed(low)}, ${signed(high)}]`}`;
}
