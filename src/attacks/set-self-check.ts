import { UserError } from '../errors';
import { normalQuantile } from '../platform/math/distributions';
import { randomStream } from '../platform/math/random';
import { mean } from '../platform/math/summary';
import { aucEstimate } from '../metrics/auc';
import { tprChance } from '../metrics/detectable-effect';
import { rocCurve, tprAtFpr } from '../metrics/roc';
import type { SignalSet } from '../signals/signal-set';
import type { AttackScores, SetAttack } from './attack';
import { memorizingSet, plannedSet, rearranged } from './memorizing-set';
import { checkItem, type SelfCheckItem, type SelfCheckResult } from './self-check';

const shuffles = 8;
const seed = 1;
/** Numbers of models of the planned sets: two sets where the plan tells most. */
const planSizes = [2, 4, 4, 8, 8, 16];
/** Nominal FPR at which chance must explain a TPR on planned sets. */
const lowFpr = 0.02;

/**
 * Checks attacks on sets on models of known answer: orientation on models that memorize; nothing once every model's
 * membership is shuffled before anything is fitted; nothing in models that leak nothing, but share a plan in which each record
 * is in exactly half of them; no dependence on the order of the records; the same bits twice.
 * Upper bounds that are fitted on the target's membership score each record by a fit without it and must find nothing in shuffled
 * membership either; only oracles, which are judged on what they were fitted on, are checked for order and bits alone. Attackers
 * learn from a few hundred records here. Attacks that ask a model for labels are left out: there is none.
 */
export function setSelfCheck(attacks: readonly SetAttack[]): SelfCheckResult {
  const set = memorizingSet(seed);
  const checked = attacks.filter(({ needs }) => !needs.includes('query'));
  const honest = checked.filter(({ inSample }) => inSample !== true);
  const first = new Map(checked.map((attack) => [attack, run(attack, set)]));
  const items = [
    checkMemorizing(honest, set, first),
    checkShuffled(honest, set),
    checkPlanned(honest),
    checkOrder(checked, set, first),
    checkRepetition(checked, set, first),
  ];
  return { passed: items.every(({ passed }) => passed), items };
}

type FirstRun = ReadonlyMap<SetAttack, AttackScores>;

const run = (attack: SetAttack, set: SignalSet): AttackScores =>
  attack.scores(set, { seed, effort: 'check' });

/** AUC on the records that the attack could score. */
function areaOf(found: AttackScores, members: Uint8Array): number {
  const kept = usableOf(found, members);
  return aucEstimate(kept.scores, kept.members);
}

function usableOf({ scores, usable }: AttackScores, members: Uint8Array) {
  const kept = (_: number, i: number): boolean => usable?.[i] !== 0;
  return { scores: scores.filter(kept), members: members.filter(kept) };
}

const countOnes = (members: Uint8Array): number => members.reduce((sum, flag) => sum + flag, 0);

function checkMemorizing(attacks: readonly SetAttack[], set: SignalSet, first: FirstRun): SelfCheckItem {
  const failures = attacks.flatMap((attack) => {
    const area = areaOf(first.get(attack)!, set.members[set.target]);
    return area >= 0.85 ? [] : [`${attack.name}: AUC ${area.toFixed(3)}`];
  });
  return checkItem('memorizing toy', 'AUC at least 0.85 on models that memorize', failures);
}

/** What random membership makes of an AUC: the deviation is at most that, with ties less. */
function chanceDeviation(members: Uint8Array): number {
  const m = countOnes(members);
  return Math.sqrt((members.length + 1) / (12 * m * (members.length - m)));
}

/** Means of independent shuffles are near normal. */
function checkShuffled(attacks: readonly SetAttack[], set: SignalSet): SelfCheckItem {
  const deviation = chanceDeviation(set.members[set.target]);
  const band = (normalQuantile(1 - 0.001 / (2 * attacks.length)) * deviation) / Math.sqrt(shuffles);
  const sets = Array.from({ length: shuffles }, (_, step) => shuffled(set, step));
  const failures = attacks.flatMap((attack) => {
    const area = mean(sets.map((other) => areaOf(run(attack, other), other.members[other.target])));
    return Math.abs(area - 0.5) <= band ? [] : [`${attack.name}: mean AUC ${area.toFixed(3)}`];
  });
  return checkItem(
    'shuffled membership',
    `mean AUC within 0.5 +- ${band.toFixed(3)} over ${shuffles} shuffles of every model's membership (99.9 % for all attacks together)`,
    failures,
  );
}

/**
 * Shuffling each model's membership by itself cannot show that an attack reads the plan: the number of models that hold a
 * record, which tells whether the target does. Here outputs know no membership and the plan stays as it is. Attacks that a
 * plan of two models leaves nothing to compare with are checked on the larger ones; upper bounds read no other model.
 */
function checkPlanned(attacks: readonly SetAttack[]): SelfCheckItem {
  const checked = attacks.filter(({ fittedOn }) => fittedOn !== 'target');
  const sizes = [...new Set(planSizes)];
  const sets = planSizes.map((models, step) => plannedSet(seed + step, models));
  const error = 0.001 / (2 * sizes.length * checked.length);
  const quantile = normalQuantile(1 - error / 2);
  const failures = checked.flatMap((attack) =>
    sizes.flatMap((models) => {
      const own = sets.filter((set) => set.models === models);
      const judged = own.flatMap((set) => {
        const kept = scoredOf(attack, set);
        return kept.members.includes(1) && kept.members.includes(0) ? [kept] : [];
      });
      if (judged.length === 0) return [];
      const area = mean(judged.map(({ scores, members }) => aucEstimate(scores, members)));
      const deviations = judged.map(({ members }) => chanceDeviation(members));
      const band = (quantile * Math.hypot(...deviations)) / deviations.length;
      const rates = judged.map(({ scores, members }) => tprAtFpr(rocCurve(scores, members), lowFpr));
      const chance = judged.map(({ members }, at) => {
        const m = countOnes(members);
        return tprChance(Math.round(rates[at] * m), m, members.length - m, lowFpr);
      });
      return Math.abs(area - 0.5) <= band && chance.every((p) => p >= error / own.length)
        ? []
        : [`${attack.name}, ${models} models: AUC ${area.toFixed(3)}, TPR ${mean(rates).toFixed(3)}`];
    }),
  );
  return checkItem(
    'planned membership',
    `AUC, and TPR at ${100 * lowFpr} % FPR, within what chance gives (99.9 % for all attacks together) on models that leak ` +
      `nothing, ${sizes.join(', ')} of them, each record in exactly half`,
    failures,
  );
}

function scoredOf(attack: SetAttack, set: SignalSet) {
  try {
    return usableOf(run(attack, set), set.members[set.target]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { scores: new Float64Array(0), members: new Uint8Array(0) };
  }
}

/** Every model's membership is dealt anew, each by its own stream. */
function shuffled(set: SignalSet, step: number): SignalSet {
  const members = set.members.map((row, index) => {
    const order = randomStream({ seed, role: 'evaluation', index, purpose: 'permutation', step }).permutation(
      set.n,
    );
    return Uint8Array.from(order, (from) => row[from]);
  });
  return rearranged(set, { members });
}

function checkOrder(attacks: readonly SetAttack[], set: SignalSet, first: FirstRun): SelfCheckItem {
  const order = Int32Array.from({ length: set.n }, (_, i) => set.n - 1 - i);
  const other = rearranged(set, { order });
  const failures = attacks.flatMap((attack) => {
    const straight = first.get(attack)!;
    const back = run(attack, other);
    const same = order.every((from, to) => Object.is(straight.scores[from], back.scores[to]));
    return same ? [] : [`${attack.name}: the scores differ`];
  });
  return checkItem('record order', 'records in reverse order give the same scores', failures);
}

function checkRepetition(attacks: readonly SetAttack[], set: SignalSet, first: FirstRun): SelfCheckItem {
  const failures = attacks.flatMap((attack) => {
    const second = run(attack, set);
    const same = first.get(attack)!.scores.every((score, i) => Object.is(score, second.scores[i]));
    return same ? [] : [`${attack.name}: the scores differ`];
  });
  return checkItem('repetition', 'the second time gives the same bits', failures);
}
