import { evaluateAttack } from '../attacks/evaluate-attack';
import { attack, type AttackName } from '../attacks/registry';
import { p1FromAdvantage } from '../metrics/p1';
import { smallestResolvableFpr } from '../metrics/tpr-at-fpr';
import { dealtSet, type DealtSet } from './dealt-set';
import type { FinishedModel } from './finished-block';
import { judgeOneTarget } from './judge-attack';
import { keptResult } from './kept-result';
import { lossAttackOn, lossesOf, pathOf, pointOf, releasedView } from './model-path';
import type { PlannedRun } from './plan';
import { modelName, type ModelReader } from './read-models';
import { shadowNumbers } from './shadow-numbers';
import type { Store } from './store';
import { hasPlainScore, studyAttack, type StudyAttack } from './study-attacks';
import type { Study } from './study';
import type { RunResult, StudyAttackResult } from './study-result';

export interface RunAnalysisInput {
  readonly study: Study;
  readonly store: Store;
  readonly reader: ModelReader;
}

/** Attacks a target with its shadow models. */
export async function analyzeRun(
  run: PlannedRun,
  { study, store, reader }: RunAnalysisInput,
): Promise<RunResult> {
  const [own] = reader.read(run.targets);
  const shadows = reader.read(run.shadows);
  const { classes } = own.signals;
  const names = [...run.targets, ...run.shadows].map(modelName);
  let dealt: DealtSet | undefined;
  const attacks: StudyAttackResult[] = [];
  for (const each of study.attacks) {
    const from = { kind: 'attack', models: names, options: { attack: each.name, ...each.options } };
    attacks.push(
      await keptResult(store, from, () =>
        hasPlainScore(each)
          ? plainAttack(each, own, shadows)
          : setAttackOn(each, (dealt ??= dealtSet([own, ...shadows])), run.seed),
      ),
    );
  }
  const released = releasedView(own);
  const lossAttack = lossAttackOn(
    released,
    shadows.map((shadow) => releasedView(shadow)),
    classes,
  );
  const point = pointOf([released]);
  return {
    seed: run.seed,
    block: modelName(run.targets[0]),
    ...point,
    attacks,
    lossAttack,
    shadows: study.adversary === 'adaptive' ? shadowNumbers(shadows) : null,
    p1: p1FromAdvantage(point.testAccuracy, lossAttack.advantage),
    path: pathOf(own, shadows),
    memberLosses: lossesOf(released, 1),
    nonMemberLosses: lossesOf(released, 0),
  };
}

/** Cuts per class from the shadow models' own records. */
function plainAttack(
  { name }: StudyAttack,
  own: FinishedModel,
  shadows: readonly FinishedModel[],
): StudyAttackResult {
  const result = evaluateAttack(
    attack(name as AttackName),
    own.signals,
    shadows.map(({ signals }) => signals),
  );
  const nonMembers = own.signals.members.filter((member) => member === 0).length;
  return { ...result, smallestFpr: smallestResolvableFpr(nonMembers), canaries: {} };
}

function setAttackOn(each: StudyAttack, dealt: DealtSet, seed: number): StudyAttackResult {
  const made = studyAttack(each);
  return judgeOneTarget(made, made.scores(dealt.set, { seed }), dealt);
}
