import type { Dataset } from '../data/dataset';
import { splits } from '../data/split';
import type { Network } from '../models/network';
import { models, type ModelName } from '../models/registry';
import type { ComputeEnvironment } from './block';
import { compareMethods, summarize, verdictSentence } from './compare';
import { analyzeEnsemble } from './ensemble-analysis';
import { studyNetwork, type PlannedRun } from './plan';
import { ModelReader } from './read-models';
import { analyzeRun } from './run-analysis';
import { selectOnShadows } from './selection';
import type { Store } from './store';
import type { Study } from './study';
import type { MethodResult, RunResult, StudyResult } from './study-result';
import { threatText } from './threat-text';

export interface AnalyzeInput {
  readonly study: Study;
  readonly dataset: Dataset;
  readonly compute: ComputeEnvironment;
  readonly runs: readonly PlannedRun[];
  readonly store: Store;
  readonly command: string;
  readonly blocks: StudyResult['blocks'];
  /** Told after each run, with how many are done. */
  readonly onRun?: (done: number, of: number) => void;
}

/** Attacks finished blocks and sums up over seeds. Deterministic: the same blocks give the same result. */
export async function analyze(input: AnalyzeInput): Promise<StudyResult> {
  const { study, dataset, compute, runs, store, command, blocks } = input;
  const reader = new ModelReader(store);
  const results = new Map<PlannedRun, RunResult>();
  for (const run of runs) {
    const of = { study, store, reader, dataset };
    results.set(run, await (study.ensemble === null ? analyzeRun(run, of) : analyzeEnsemble(run, of)));
    input.onRun?.(results.size, runs.length);
  }
  return sumUp(
    study,
    (key) => runs.filter(({ method }) => method.key === key).map((run) => results.get(run)!),
    {
      command,
      data: dataFacts(study, dataset),
      model: networkTitle(studyNetwork(study, dataset)),
      backend: { name: compute.name, version: compute.version, threads: compute.threads },
      blocks,
    },
  );
}

/** What a result says beside its runs, and what the study alone does not know. */
export type ResultFacts = Pick<StudyResult, 'command' | 'data' | 'model' | 'backend' | 'blocks'>;

/** The result of a study from its attacked targets: summaries over seeds, comparisons, selections, verdict. */
export function sumUp(
  study: Study,
  runsOf: (methodKey: string) => readonly RunResult[],
  { command, data, model, backend, blocks }: ResultFacts,
): StudyResult {
  const methods = study.methods.map(({ key, family, label }): MethodResult => {
    const ofMethod = runsOf(key);
    return { key, family, label, runs: ofMethod, summary: summarize(ofMethod) };
  });
  const comparisons = compareMethods(methods);
  const hasShadows = study.ensemble === null && study.adversary === 'adaptive';
  return {
    schema: 'ccl-lab/study-result/1',
    name: study.name,
    command,
    data,
    model,
    settings: settingsOf(study),
    backend,
    threatModel: threatText(study),
    split: splits[study.split.name].title,
    selections: hasShadows ? selectOnShadows(methods) : [],
    methods,
    comparisons,
    verdict: verdictSentence(methods, comparisons),
    blocks,
  };
}

function dataFacts({ split, ensemble }: Study, dataset: Dataset): StudyResult['data'] {
  const { name, title, synthetic, records, features, classes, sha256 } = dataset;
  const parts = { quarters: 4, fifths: 5, sixths: 6, official: 4, halves: 2 }[split.name];
  const { size } = split.options as { readonly size?: number };
  const partSize = size ?? Math.floor(records / (ensemble === null ? parts : 2));
  return { name, title, synthetic, records, features, classes, sha256, partSize };
}

/** The settings of a study's training, name to printed value. */
export function settingsOf({ recipe, seeds, shadows, ensemble, adversary }: Study): StudyResult['settings'] {
  const { epochs, batchSize, learningRate, schedule, milestones, decay } = recipe;
  return {
    epochs,
    'batch size': batchSize,
    'learning rate': learningRate,
    schedule: schedule === 'multi-step' ? `x ${decay} at ${milestones.join(', ')}` : schedule,
    momentum: recipe.momentum,
    'weight decay': recipe.weightDecay,
    'evaluated every': recipe.evaluateEvery,
    seeds: seeds.join(', '),
    ...(ensemble === null ? { 'shadow models': shadows } : { 'models of the ensemble': ensemble }),
    ...(adversary === 'adaptive' ? {} : { adversary }),
  };
}

function networkTitle({ spec: { name, options }, inputShape, classes }: Network): string {
  if (name === 'mlp') {
    return `MLP ${[...inputShape, ...(options.hidden as number[]), classes].join('-')}, tanh`;
  }
  return `${models[name as ModelName].title}, ${inputShape.join(' x ')} to ${classes} classes`;
}
