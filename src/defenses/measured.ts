import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../paths';
import type { Defense, DefenseOptionValues } from '../training/defense';
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
