import type { Attack, AttackNote, AttackScores } from '../attacks/attack';
import { requireBothSides } from '../attacks/evaluate-attack';
import { leaveOneOut, type LeaveOneOutScores } from '../attacks/leave-one-out';
import type { CanaryKind, CanaryPlan } from '../data/canaries';
import type { Dataset } from '../data/dataset';
import { largestAdvantage, p1FromAdvantage } from '../metrics/advantage';
import type { Interval } from '../metrics/interval';
import { pooledOverModels, type PooledScores } from '../metrics/pooled-over-models';
import { rocCurve } from '../metrics/roc';
import { joined } from '../platform/math/joined';
import { mean } from '../platform/math/quantile';
import { attackBehavior } from './behavior/attack-behavior';
import type { FinishedModel } from './block';
import { blockData } from './block-data';
import { epochView, lossAttackOn, lossesOf, pointOf, releasedView, type EpochView } from './model-path';
import type { PlannedRun } from './plan';
import { dealtSet, modelName, type DealtSet, type RunAnalysisInput } from './run-analysis';
import { keptResult, modelsDigest } from './store/results';
import type { StudyAttack } from './study-attacks';
import type { PathPoint, RunResult, StudyAttackResult } from './study-result';

/**
 * Attacks every model of an ensemble with the others around it. Canaries are judged apart; all other numbers are of the
 * records that are none. The loss attack's cuts come from the next model.
 */
export async function analyzeEnsemble(
  run: PlannedRun,
  { study, store, reader, dataset }: RunAnalysisInput & { readonly dataset: Dataset },
): Promise<RunResult> {
  const models = reader.read(run.targets);
  const { canaries } = blockData(run.targets[0].block, dataset);
  const clean = models.map((model) => cleanRows(model, canaries));
  const digest = modelsDigest(run.targets.map(modelName));
  let dealt: DealtSet | undefined;
  const attacks: StudyAttackResult[] = [];
  for (const each of study.attacks) {
    const from = {
      kind: 'attack',
      models: [modelName(run.targets[0]), `ensemble ${digest}`],
      options: { attack: each.name, ...each.options, leaveOneOut: models.length },
      behavior: attackBehavior(each.attack),
    };
    attacks.push(
      await keptResult(store, from, () =>
        ensembleAttack(each, (dealt ??= dealtSet(models)), canaries, run.seed),
      ),
    );
  }
  const released = models.map((model, m) => releasedView(model, clean[m]));
  const lossAttack = inTurn(released, models[0].signals.classes);
  const point = pointOf(released);
  return {
    seed: run.seed,
    block: modelName(run.targets[0]),
    ...point,
    attacks,
    lossAttack,
    shadows: null,
    p1: p1FromAdvantage(point.testAccuracy, lossAttack.advantage),
    path: ensemblePath(models, clean),
    memberLosses: lossesOf(released[0], 1),
    nonMemberLosses: lossesOf(released[0], 0),
  };
}

/** Rows of a model's own records that are no canaries. */
function cleanRows({ records }: FinishedModel, canaries: CanaryPlan | null): Int32Array {
  const known = new Set(canaries?.records ?? []);
  return Int32Array.from(records.keys()).filter((row) => !known.has(records[row]));
}

function ensemblePath(models: readonly FinishedModel[], clean: readonly Int32Array[]): PathPoint[] {
  return Array.from(models[0].epochs, (epoch) => {
    const views = models.map((model, m) => epochView(model, epoch, clean[m]));
    return { epoch, ...pointOf(views), ...inTurn(views, models[0].signals.classes) };
  });
}

/** The loss attack on each model with cuts per class from the next one, means over models. */
function inTurn(views: readonly EpochView[], classes: number): RunResult['lossAttack'] {
  const points = views.map((view, m) => lossAttackOn(view, [views[(m + 1) % views.length]], classes));
  return {
    advantage: mean(points.map(({ advantage }) => advantage)),
    auc: mean(points.map(({ auc }) => auc)),
  };
}

function ensembleAttack(
  each: StudyAttack,
  { set, records }: DealtSet,
  canaries: CanaryPlan | null,
  seed: number,
): StudyAttackResult {
  const made = each.attack;
  const scores = leaveOneOut(set, made, { seed });
  const kinds = new Map<number, CanaryKind>();
  canaries?.records.forEach((record, i) => kinds.set(record, canaries.kinds[i]));
  const positions = (wanted: CanaryKind | undefined): Int32Array =>
    Int32Array.from(records.keys()).filter((i) => kinds.get(records[i]) === wanted);
  const { name, title, threatModel } = made;
  const judged = judgePooled(made, scores, positions(undefined), set.members);
  const ofKind = [...new Set(kinds.values())].map((kind) => {
    const { accuracy, advantage, auc, tprAtFpr } = judgePooled(made, scores, positions(kind), set.members);
    return [kind, { accuracy, advantage, auc, tprAtFpr }] as const;
  });
  return { name, title, threatModel, ...judged, canaries: Object.fromEntries(ofKind) };
}

/** Of an ensemble, whose pairs resolve more. */
const ensembleFprs = [0.01, 0.001];
/** Non-member pairs that must be tolerated, so that a TPR over models has an interval. */
const fewestFalsePositives = 10;

const bestCutNote: AttackNote = { code: 'best-cut' };

/** One part of the records of an ensemble. */
export type PooledJudgment = Pick<
  StudyAttackResult,
  'accuracy' | 'advantage' | 'auc' | 'tprAtFpr' | 'smallestFpr'
> &
  Pick<LeaveOneOutScores, 'notes'>;

/**
 * Scores of every model of an ensemble in turn, judged on some of the records: one ROC curve for all pairs of model and
 * record, intervals clustered by record and by model.
 *
 * @param chosen positions of the records
 * @param members M arrays [n], membership of all records
 */
export function judgePooled(
  attack: Attack,
  { byModel, notes }: LeaveOneOutScores,
  chosen: Int32Array,
  members: readonly Uint8Array[],
): PooledJudgment {
  const kept = chosen.filter((i) => byModel.every(({ found }) => found.usable?.[i] !== 0));
  const table = (value: (found: AttackScores, i: number) => number): PooledScores => ({
    scores: byModel.map(({ found }) => Float64Array.from(kept, (i) => value(found, i))),
    members: byModel.map(({ model }) => Uint8Array.from(kept, (i) => members[model][i])),
  });
  const pooled = table(({ scores }, i) => scores[i]);
  const sides = joined(Uint8Array, pooled.members);
  requireBothSides(attack, sides);
  const { auc, tprAtFpr } = pooledOverModels(pooled, ensembleFprs);
  const hasCuts = byModel.every(({ found }) => found.cuts !== undefined);
  // The AUC of a yes or no is (1 + TPR - FPR) / 2, so the clustered intervals of AUCs are those of advantages.
  const accuracy = hasCuts
    ? pooledOverModels(table(({ scores, cuts }, i) => (scores[i] >= cuts![i] ? 1 : 0))).auc
    : bestAccuracy(pooled, sides);
  return {
    accuracy,
    advantage: scaled(accuracy, (value) => 2 * value - 1),
    auc,
    tprAtFpr,
    smallestFpr: fewestFalsePositives / sides.filter((member) => member === 0).length,
    notes: hasCuts ? notes : [...notes, bestCutNote],
  };
}

function bestAccuracy({ scores }: PooledScores, members: Uint8Array): Interval {
  const { advantage } = largestAdvantage(rocCurve(joined(Float64Array, [...scores]), members));
  return { estimate: (1 + advantage) / 2, low: null, high: null, method: { name: 'chosen-cut' } };
}

function scaled({ estimate, low, high, method }: Interval, by: (value: number) => number): Interval {
  return {
    estimate: by(estimate),
    low: low === null ? null : by(low),
    high: high === null ? null : by(high),
    method,
  };
}
