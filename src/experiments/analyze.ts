import { attack, type AttackName } from '../attacks/registry';
import { evaluateAttack } from '../attacks/evaluate-attack';
import { lossAttackPoint } from '../attacks/loss-attack-point';
import type { Dataset } from '../data/dataset';
import { joined } from '../math/joined';
import { lossSummary } from '../metrics/loss-summary';
import type { Network } from '../models/network';
import { models, type ModelName } from '../models/registry';
import { p1FromAdvantage } from '../metrics/p1';
import type { ComputeEnvironment } from './block';
import { compareMethods, summarize, verdictSentence } from './compare';
import { studyNetwork, type PlannedModel, type PlannedRun } from './plan';
import type { FinishedModel } from './finished-block';
import type { Store } from './store';
import type { Study } from './study';
import type { MethodResult, PathPoint, RunResult, StudyResult } from './study-result';

export interface AnalyzeInput {
  readonly study: Study;
  readonly dataset: Dataset;
  readonly compute: ComputeEnvironment;
  readonly runs: readonly PlannedRun[];
  readonly store: Store;
  readonly command: string;
  readonly blocks: StudyResult['blocks'];
}

/** What the adversary of every study so far knows. */
export const threatModel =
  'The adversary queries the target once for each record and sees all of its outputs, knows the true label, and has ' +
  'other records of the same population, half of which it trains shadow models on with the loss and the settings of the target.';

/** Attacks finished blocks and sums up over seeds. Deterministic: the same blocks give the same result. */
export function analyze({
  study,
  dataset,
  compute,
  runs,
  store,
  command,
  blocks,
}: AnalyzeInput): StudyResult {
  const methods = study.methods.map(({ key, label }): MethodResult => {
    const results = runs
      .filter(({ method }) => method.key === key)
      .map((run) => runResult(run, study, store));
    return { key, label, runs: results, summary: summarize(results) };
  });
  const comparisons = compareMethods(methods);
  const { epochs, batchSize, learningRate, milestones, decay, momentum, weightDecay, evaluateEvery } =
    study.recipe;
  return {
    schema: 'ccl-lab/study-result/1',
    name: study.name,
    command,
    data: {
      name: dataset.name,
      title: dataset.title,
      synthetic: dataset.synthetic,
      records: dataset.records,
      features: dataset.features,
      classes: dataset.classes,
      sha256: dataset.sha256,
      partSize: Math.floor(dataset.records / 4),
    },
    model: networkTitle(studyNetwork(study, dataset)),
    settings: {
      epochs,
      'batch size': batchSize,
      'learning rate': learningRate,
      schedule: `x ${decay} at ${milestones.join(', ')}`,
      momentum,
      'weight decay': weightDecay,
      'evaluated every': evaluateEvery,
      seeds: study.seeds.join(', '),
      'shadow models': study.shadows,
    },
    backend: { name: compute.name, version: compute.version, threads: compute.threads },
    threatModel,
    methods,
    comparisons,
    verdict: verdictSentence(methods, comparisons),
    blocks,
  };
}

function networkTitle({ spec: { name, options }, inputShape, classes }: Network): string {
  if (name === 'mlp') {
    return `MLP ${[...inputShape, ...(options.hidden as number[]), classes].join('-')}, tanh`;
  }
  return `${models[name as ModelName].title}, ${inputShape.join(' x ')} to ${classes} classes`;
}

function runResult({ seed, targets, shadows }: PlannedRun, study: Study, store: Store): RunResult {
  const own = readModel(store, targets[0]);
  const others = shadows.map((model) => readModel(store, model));
  const path = pathOf(own, others);
  const attacks = study.attacks.map(({ name }) =>
    evaluateAttack(
      attack(name as AttackName),
      own.signals,
      others.map(({ signals }) => signals),
    ),
  );
  const last = path[path.length - 1];
  const { memberLosses, nonMemberLosses } = lossesAt(own, path.length - 1);
  const { trainAccuracy, testAccuracy, memberLoss, nonMemberLoss, advantage } = last;
  const p1 = p1FromAdvantage(testAccuracy, advantage);
  return {
    seed,
    trainAccuracy,
    testAccuracy,
    memberLoss,
    nonMemberLoss,
    attacks,
    p1,
    path,
    memberLosses,
    nonMemberLosses,
  };
}

function readModel(store: Store, { block, place }: PlannedModel): FinishedModel {
  const models = store.read(block);
  if (models === null) throw new Error('a block that was just trained is gone from the store');
  return models[place];
}

function pathOf(own: FinishedModel, shadows: readonly FinishedModel[]): PathPoint[] {
  const { labels, members, classes } = own.signals;
  const shadowLabels = joined(
    Int32Array,
    shadows.map(({ signals }) => signals.labels),
  );
  const shadowMembers = joined(
    Uint8Array,
    shadows.map(({ signals }) => signals.members),
  );
  return Array.from(own.epochs, (epoch, i): PathPoint => {
    const { memberLosses, nonMemberLosses } = lossesAt(own, i);
    const correct = rowAt(own.correct, own, i);
    const point = lossAttackPoint({
      targetLosses: rowAt(own.losses, own, i),
      targetLabels: labels,
      targetMembers: members,
      shadowLosses: joined(
        Float64Array,
        shadows.map((shadow) => rowAt(shadow.losses, shadow, i)),
      ),
      shadowLabels,
      shadowMembers,
      classes,
    });
    return {
      epoch,
      trainAccuracy: meanWhere(correct, members, 1),
      testAccuracy: meanWhere(correct, members, 0),
      memberLoss: lossSummary(memberLosses),
      nonMemberLoss: lossSummary(nonMemberLosses),
      ...point,
    };
  });
}

function lossesAt(block: FinishedModel, i: number): { memberLosses: number[]; nonMemberLosses: number[] } {
  const losses = Array.from(rowAt(block.losses, block, i));
  const { members } = block.signals;
  return {
    memberLosses: losses.filter((_, r) => members[r] === 1),
    nonMemberLosses: losses.filter((_, r) => members[r] === 0),
  };
}

/** Row i of an array [E, n]. */
function rowAt<T extends Float64Array | Uint8Array>(
  array: T,
  { signals: { n } }: FinishedModel,
  i: number,
): T {
  return array.subarray(i * n, (i + 1) * n) as T;
}

function meanWhere(values: Uint8Array, members: Uint8Array, side: 0 | 1): number {
  let sum = 0;
  let count = 0;
  values.forEach((value, i) => {
    if (members[i] !== side) return;
    sum += value;
    count++;
  });
  return sum / count;
}
