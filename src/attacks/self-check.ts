import { UserError } from '../errors';
import { aucEstimate } from '../metrics/auc';
import { tprChance } from '../metrics/detectable-effect';
import { rocCurve, tprAtFpr } from '../metrics/roc';
import { normalQuantile } from '../platform/math/distributions';
import { randomStream } from '../platform/math/random';
import { mean } from '../platform/math/quantile';
import type { SignalSet } from '../signals/signal-set';
import type { Attack, AttackScores } from './attack';
import { advantageAtCuts, usableScores } from './evaluate-attack';
import { memorizingSet, plannedSet, rearranged } from './memorizing-set';
import { attack, standardAttacks } from './registry';

/** What is judged of an attack: the AUC of its scores, and TPR - FPR at its cuts where it has some. */
export interface Judged {
  readonly auc: number;
  readonly advantage: number | null;
}

export interface SelfCheckOptions {
  /** Attacks to check; default the standard ones. */
  readonly attacks?: readonly Attack[];
  /** The evaluation to check; default `judged`. Tests put faulty ones here. */
  readonly judge?: (found: AttackScores, set: SignalSet) => Judged;
  /** An integer in [0, 2^32); default 1. */
  readonly seed?: number;
}

export interface SelfCheckItem {
  readonly name:
    'memorizing toy' | 'shuffled membership' | 'planned membership' | 'record order' | 'repetition';
  readonly passed: boolean;
  /** What was demanded, and which attacks failed with which numbers. */
  readonly detail: string;
}

export interface SelfCheckResult {
  readonly passed: boolean;
  readonly items: readonly SelfCheckItem[];
}

const shuffles = 8;
/** Numbers of models of the planned sets: two sets where the plan tells most. */
const planSizes = [2, 4, 4, 8, 8, 16];
/** Nominal FPR at which chance must explain a TPR on planned sets. */
const lowFpr = 0.02;

/**
 * Checks attacks and their evaluation on models of known answer: orientation and cuts on models that memorize; nothing once
 * every model's membership is shuffled before anything is fitted; nothing in models that leak nothing, but share a plan in
 * which each record is in exactly half of them; no dependence on the order of the records; the same bits twice.
 *
 * Upper bounds that are fitted on the target's membership score each record by a fit without it and must find nothing in shuffled
 * membership either; only oracles, which are judged on what they were fitted on, are checked for order and bits alone. Attackers
 * learn from a few hundred records here. Attacks that ask a model for labels are left out: there is none.
 *
 * @example
 * ```ts
 * import { attack, selfCheck } from 'ccl-lab';
 *
 * console.log(selfCheck({ attacks: [attack('loss')] }).passed); // prints true
 * ```
 */
export function selfCheck({ attacks, judge = judged, seed = 1 }: SelfCheckOptions = {}): SelfCheckResult {
  const all = attacks ?? standardAttacks.map((name) => attack(name));
  const set = memorizingSet(seed);
  const checked = all.filter(({ needs }) => !needs.includes('query'));
  const honest = checked.filter(({ inSample }) => inSample !== true);
  const rerun = (each: Attack, other = set): Run => {
    const found = run(each, other, seed);
    return { scores: found.scores, ...judge(found, other) };
  };
  const first = new Map(checked.map((each) => [each, rerun(each)]));
  const items = [
    checkMemorizing(honest, first),
    checkShuffled(honest, set, seed, rerun),
    checkPlanned(honest, seed),
    checkOrder(checked, set, first, rerun),
    checkRepetition(checked, first, rerun),
  ];
  return { passed: items.every(({ passed }) => passed), items };
}

type Run = Judged & Pick<AttackScores, 'scores'>;
type Rerun = (attack: Attack, set?: SignalSet) => Run;

const run = (attack: Attack, set: SignalSet, seed: number): AttackScores =>
  attack.scores(set, { seed, effort: 'check' });

/** The estimates of `evaluateAttack`, on the records that the attack could score. */
export function judged(found: AttackScores, set: SignalSet): Judged {
  const kept = usableScores(found, set.members[set.target]);
  return {
    auc: aucEstimate(kept.scores, kept.members),
    advantage: advantageAtCuts(found, kept)?.estimate ?? null,
  };
}

const countOnes = (members: Uint8Array): number => members.reduce((sum, flag) => sum + flag, 0);

function words({ name }: Attack, { auc, advantage }: Judged, mean = ''): string {
  const second = advantage === null ? '' : `, ${mean}advantage ${advantage.toFixed(3)}`;
  return `${name}: ${mean}AUC ${auc.toFixed(3)}${second}`;
}

function checkMemorizing(attacks: readonly Attack[], first: ReadonlyMap<Attack, Run>): SelfCheckItem {
  const failures = attacks.flatMap((each) => {
    const found = first.get(each)!;
    return found.auc >= 0.85 && (found.advantage ?? 1) >= 0.7 ? [] : [words(each, found)];
  });
  const demand = 'AUC at least 0.85, and advantage at the cuts at least 0.7, on models that memorize';
  return checkItem('memorizing toy', demand, failures);
}

/** What random membership makes of an AUC: the deviation is at most that, with ties less. */
function chanceDeviation(members: Uint8Array): number {
  const m = countOnes(members);
  return Math.sqrt((members.length + 1) / (12 * m * (members.length - m)));
}

/**
 * Scores and decisions that know nothing of the target's membership have sd(AUC) <= sqrt((N + 1) / (12 m n)) and
 * sd(advantage) <= N / sqrt(4 m n (N - 1)) over random memberships, each attained without ties and with half of the records
 * called members. Means over independent shuffles are near normal.
 */
function checkShuffled(
  attacks: readonly Attack[],
  set: SignalSet,
  seed: number,
  rerun: Rerun,
): SelfCheckItem {
  const members = set.members[set.target];
  const pairs = countOnes(members) * (set.n - countOnes(members));
  // Two numbers an attack, two tails each.
  const z = normalQuantile(1 - 0.001 / (4 * attacks.length)) / Math.sqrt(shuffles);
  const aucBand = z * chanceDeviation(members);
  const advantageBand = (z * set.n) / Math.sqrt(4 * pairs * (set.n - 1));
  const sets = Array.from({ length: shuffles }, (_, step) => shuffled(set, step, seed));
  const failures = attacks.flatMap((each) => {
    const results = sets.map((other) => rerun(each, other));
    const decided = results.flatMap(({ advantage }) => advantage ?? []);
    const found = {
      auc: mean(results.map(({ auc }) => auc)),
      advantage: decided.length === 0 ? null : mean(decided),
    };
    return Math.abs(found.auc - 0.5) <= aucBand && Math.abs(found.advantage ?? 0) <= advantageBand
      ? []
      : [words(each, found, 'mean ')];
  });
  return checkItem(
    'shuffled membership',
    `mean AUC within 0.5 +- ${aucBand.toFixed(3)}, and mean advantage within +- ${advantageBand.toFixed(3)}, over ${shuffles} ` +
      "shuffles of every model's membership (99.9 % for all attacks together)",
    failures,
  );
}

/**
 * Shuffling each model's membership by itself cannot show that an attack reads the plan: the number of models that hold a
 * record, which tells whether the target does. Here outputs know no membership and the plan stays as it is. Attacks that a
 * plan of two models leaves nothing to compare with are checked on the larger ones; upper bounds read no other model.
 */
function checkPlanned(attacks: readonly Attack[], seed: number): SelfCheckItem {
  const checked = attacks.filter(({ fittedOn }) => fittedOn !== 'target');
  const sizes = [...new Set(planSizes)];
  const sets = planSizes.map((models, step) => plannedSet(seed + step, models));
  const error = 0.001 / (2 * sizes.length * checked.length);
  const quantile = normalQuantile(1 - error / 2);
  const failures = checked.flatMap((attack) =>
    sizes.flatMap((models) => {
      const own = sets.filter((set) => set.models === models);
      const judged = own.flatMap((set) => {
        const kept = scoredOf(attack, set, seed);
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

function scoredOf(attack: Attack, set: SignalSet, seed: number) {
  try {
    return usableScores(run(attack, set, seed), set.members[set.target]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { scores: new Float64Array(0), members: new Uint8Array(0) };
  }
}

/** Every model's membership is dealt anew, each by its own stream. */
function shuffled(set: SignalSet, step: number, seed: number): SignalSet {
  const members = set.members.map((row, index) => {
    const order = randomStream({ seed, role: 'evaluation', index, purpose: 'permutation', step }).permutation(
      set.n,
    );
    return Uint8Array.from(order, (from) => row[from]);
  });
  return rearranged(set, { members });
}

function checkOrder(
  attacks: readonly Attack[],
  set: SignalSet,
  first: ReadonlyMap<Attack, Run>,
  rerun: Rerun,
): SelfCheckItem {
  const order = Int32Array.from({ length: set.n }, (_, i) => set.n - 1 - i);
  const other = rearranged(set, { order });
  const failures = attacks.flatMap((each) => {
    const back = rerun(each, other);
    return difference(each, first.get(each)!, { ...back, scores: back.scores.slice().reverse() });
  });
  return checkItem('record order', 'records in reverse order give the same scores', failures);
}

function checkRepetition(
  attacks: readonly Attack[],
  first: ReadonlyMap<Attack, Run>,
  rerun: Rerun,
): SelfCheckItem {
  const failures = attacks.flatMap((each) => difference(each, first.get(each)!, rerun(each)));
  return checkItem('repetition', 'the second time gives the same bits', failures);
}

function difference({ name }: Attack, one: Run, other: Run): string[] {
  if (!one.scores.every((score, i) => Object.is(score, other.scores[i])))
    return [`${name}: the scores differ`];
  const same = one.auc === other.auc && one.advantage === other.advantage;
  return same ? [] : [`${name}: the results differ`];
}

/** Passed if nothing failed; the detail says what was demanded. */
function checkItem(name: SelfCheckItem['name'], demand: string, failures: readonly string[]): SelfCheckItem {
  const passed = failures.length === 0;
  return { name, passed, detail: passed ? demand : `${demand}; failed: ${failures.join('; ')}` };
}
