import { normalQuantile } from '../math/distributions';
import { randomStream } from '../math/random';
import { mean } from '../math/summary';
import { auc } from '../metrics/auc';
import type { SignalSet } from '../signals/signal-set';
import type { AttackScores, SetAttack } from './attack';
import { memorizingSet, rearranged } from './memorizing-set';
import { checkItem, type SelfCheckItem, type SelfCheckResult } from './self-check';

const shuffles = 8;
const seed = 1;

/**
 * Checks attacks on sets on models of known answer: orientation on models that memorize; nothing once every model's
 * membership is shuffled before anything is fitted; no dependence on the order of the records; the same bits twice.
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
    checkOrder(checked, set, first),
    checkRepetition(checked, set, first),
  ];
  return { passed: items.every(({ passed }) => passed), items };
}

type FirstRun = ReadonlyMap<SetAttack, AttackScores>;

const run = (attack: SetAttack, set: SignalSet): AttackScores =>
  attack.scores(set, { seed, effort: 'check' });

/** AUC on the records that the attack could score. */
function areaOf({ scores, usable }: AttackScores, members: Uint8Array): number {
  const kept = (_: number, i: number): boolean => usable?.[i] !== 0;
  return auc(scores.filter(kept), members.filter(kept)).estimate;
}

function checkMemorizing(attacks: readonly SetAttack[], set: SignalSet, first: FirstRun): SelfCheckItem {
  const failures = attacks.flatMap((attack) => {
    const area = areaOf(first.get(attack)!, set.members[set.target]);
    return area >= 0.85 ? [] : [`${attack.name}: AUC ${area.toFixed(3)}`];
  });
  return checkItem('memorizing toy', 'AUC at least 0.85 on models that memorize', failures);
}

/** The permutation deviation of an AUC is at most sqrt((N + 1) / (12 m n)); means of independent shuffles are near normal. */
function checkShuffled(attacks: readonly SetAttack[], set: SignalSet): SelfCheckItem {
  const m = set.members[set.target].reduce((sum, flag) => sum + flag, 0);
  const deviation = Math.sqrt((set.n + 1) / (12 * m * (set.n - m)));
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
