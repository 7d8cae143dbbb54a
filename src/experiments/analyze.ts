import { basename } from 'node:path';
import { placeOf } from '../data/data-file';
import type { Dataset } from '../data/dataset';
import { splits } from '../data/split';
import type { Network } from '../models/network';
import { models, type ModelName } from '../models/registry';
import { attackBehavior } from './behavior/attack-behavior';
import { behaviorOf } from './behavior/behavior';
import type { ComputeEnvironment } from './block';
import { compareDefenses, selectOnShadows, summarize } from './compare';
import { analyzeEnsemble } from './ensemble-analysis';
import { studyNetwork, type PlannedRun } from './plan';
import { analyzeRun, ModelReader } from './run-analysis';
import type { Store } from './store/store';
import type { Study } from './study';
import type { DataFileFacts, DefenseResult, RunResult, StudyResult, StudySettings } from './study-result';

export interface AnalyzeInput {
  readonly study: Study;
  readonly dataset: Dataset;
  readonly compute: ComputeEnvironment;
  readonly runs: readonly PlannedRun[];
  readonly store: Store;
  readonly command: string;
  readonly blocks: StudyResult['blocks'];
}

/** Attacks finished blocks and sums up over seeds. Deterministic: the same blocks give the same result. */
export async function analyze(input: AnalyzeInput): Promise<StudyResult> {
  const { study, dataset, compute, runs, store, command, blocks } = input;
  const reader = new ModelReader(store);
  const results = new Map<PlannedRun, RunResult>();
  for (const run of runs) {
    const of = { study, store, reader, dataset };
    results.set(run, await (study.ensemble === null ? analyzeRun(run, of) : analyzeEnsemble(run, of)));
  }
  return sumUp(
    study,
    (key) => runs.filter(({ defense }) => defense.key === key).map((run) => results.get(run)!),
    {
      command,
      data: dataFacts(study, dataset),
      model: labeledModel(studyNetwork(study, dataset)),
      backend: { name: compute.name, version: compute.version, threads: compute.threads },
      blocks,
    },
  );
}

/** What a result says beside its runs, and what the study alone does not know. */
export type ResultFacts = Pick<StudyResult, 'command' | 'data' | 'model' | 'backend' | 'blocks'>;

/** The result of a study from its attacked targets: summaries over seeds, comparisons, selections. */
export function sumUp(
  study: Study,
  runsOf: (defenseKey: string) => readonly RunResult[],
  { command, data, model, backend, blocks }: ResultFacts,
): StudyResult {
  const defenses = study.defenses.map(({ key, label, recipe, defense }): DefenseResult => {
    const { name, options, title } = defense;
    const runs = runsOf(key);
    const behavior = behaviorOf(defense);
    const told = behavior === undefined ? {} : { behavior };
    return { key, name, options, ...told, recipe, title, label, runs, summary: summarize(runs) };
  });
  const hasShadows = study.ensemble === null && study.adversary === 'adaptive';
  return {
    schema: 'ccl-lab/study-result/2',
    name: study.name,
    command,
    data,
    model,
    settings: settingsOf(study),
    backend,
    selections: hasShadows ? selectOnShadows(defenses) : [],
    attackBehaviors: attackBehaviorsOf(study),
    defenses,
    comparisons: compareDefenses(defenses),
    blocks,
  };
}

/** What the attacks of a study compute, by their keys. */
export function attackBehaviorsOf({ attacks }: Pick<Study, 'attacks'>): Record<string, string> {
  return Object.fromEntries(attacks.map(({ key, attack }) => [key, attackBehavior(attack)]));
}

function dataFacts(study: Study, dataset: Dataset): StudyResult['data'] {
  const { split, ensemble } = study;
  const file = fileFacts(study, dataset);
  const { name, title, synthetic, records, features, classes, sha256 } = dataset;
  const parts = { quarters: 4, fifths: 5, sixths: 6, official: 4, halves: 2 }[split.name];
  const { size } = split.options as { readonly size?: number };
  const partSize = size ?? Math.floor(records / (ensemble === null ? parts : 2));
  const known = { name, title, synthetic, records, features, classes, sha256, partSize };
  return file === null ? known : { ...known, file };
}

/** Null for a data set of the registry. */
export function fileFacts(
  { data }: Pick<Study, 'data'>,
  { classNames, scaling }: Dataset,
): DataFileFacts | null {
  if (typeof data === 'string') return null;
  const [, place] = placeOf(data);
  return {
    file: basename(place),
    label: data.label,
    classNames: classNames ?? [],
    scaling: scaling?.kind ?? 'none',
    scaledColumns: scaling?.columns.length ?? 0,
  };
}

/** How a study trains and attacks, as its result says it. */
export function settingsOf(study: Study): StudySettings {
  const { recipe, seeds, shadows, ensemble, canaries, adversary, split } = study;
  const { title } = splits[split.name];
  return { recipe, seeds, shadows, ensemble, canaries, adversary, split: { ...split, title } };
}

function labeledModel({ spec, inputShape, classes }: Network): StudyResult['model'] {
  const { name, options } = spec;
  const label =
    name === 'mlp'
      ? `MLP ${[...inputShape, ...(options.hidden as number[]), classes].join('-')}, tanh`
      : `${models[name as ModelName].title}, ${inputShape.join(' x ')} to ${classes} classes`;
  return { ...spec, label };
}
