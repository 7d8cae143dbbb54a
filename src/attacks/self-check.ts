import { normalQuantile } from '../platform/math/distributions';
import { randomStream, type Role } from '../platform/math/random';
import { mean } from '../platform/math/summary';
import type { ModelSignals } from '../signals/model-signals';
import type { AttackResult, ScoreAttack } from './attack';
import { evaluateAttack } from './evaluate-attack';
import { memorizingToy } from './memorizing-toy';
import { attacks as registry } from './registry';

export type Evaluate = (
  attack: ScoreAttack,
  target: ModelSignals,
  shadows: readonly ModelSignals[],
) => AttackResult;

export interface SelfCheckOptions {
  /** Attacks to check; default all of the registry. */
  readonly attacks?: readonly ScoreAttack[];
  /** The evaluation to check; default `evaluateAttack`. Tests put faulty ones here. */
  readonly evaluate?: Evaluate;
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

const SHUFFLES = 10;

/**
 * Checks attacks and their evaluation on a toy of known answer:
 * - a model that memorizes its members gives AUC and advantage near 1 (an inverted score gives 0);
 * - membership shuffled before anything is fitted gives nothing, within the 99.9 % band of the permutation distribution
 *   over all attacks (cuts fitted on the target's own labels leave it);
 * - reversing the order of the records changes no number (a score or tie that leans on the order does);
 * - the same input twice gives the same bits.
 */
export function selfCheck(options: SelfCheckOptions = {}): SelfCheckResult {
  const { attacks = Object.values(registry), evaluate = evaluateAttack, seed = 1 } = options;
  const target = memorizingToy(seed, 'target');
  const shadow = memorizingToy(seed, 'shadow');
  const items = [
    checkMemorizing(attacks, evaluate, target, shadow),
    checkShuffled(attacks, evaluate, target, shadow, seed),
    checkSame('record order', attacks, evaluate, [target, shadow], [reversed(target), reversed(shadow)]),
    checkSame('repetition', attacks, evaluate, [target, shadow], [target, shadow]),
  ];
  return { passed: items.every((item) => item.passed), items };
}

function checkMemorizing(
  attacks: readonly ScoreAttack[],
  evaluate: Evaluate,
  target: ModelSignals,
  shadow: ModelSignals,
): SelfCheckItem {
  const failures = attacks.flatMap((attack) => {
    const result = evaluate(attack, target, [shadow]);
    const auc = result.auc.estimate;
    const advantage = result.advantage.estimate;
    return auc >= 0.9 && advantage >= 0.7
      ? []
      : [`${attack.name}: AUC ${auc.toFixed(3)}, advantage ${advantage.toFixed(3)}`];
  });
  return checkItem('memorizing toy', 'AUC at least 0.9 and advantage at least 0.7', failures);
}

/**
 * Given scores and decisions that know nothing of the target's membership, its permutation distribution has
 * sd(AUC) <= sqrt((N + 1) / (12 m n)) and sd(advantage) <= N / sqrt(4 m n (N - 1)), each attained without ties and with
 * half of the records called members. The mean over independent shuffles is close to normal.
 */
function checkShuffled(
  attacks: readonly ScoreAttack[],
  evaluate: Evaluate,
  target: ModelSignals,
  shadow: ModelSignals,
  seed: number,
): SelfCheckItem {
  const members = target.members.reduce((sum, flag) => sum + flag, 0);
  const pairs = members * (target.n - members);
  // Two numbers an attack, two tails each.
  const z = normalQuantile(1 - 0.001 / (4 * attacks.length)) / Math.sqrt(SHUFFLES);
  const aucBand = z * Math.sqrt((target.n + 1) / (12 * pairs));
  const advantageBand = (z * target.n) / Math.sqrt(4 * pairs * (target.n - 1));
  const shuffles = Array.from({ length: SHUFFLES }, (_, step) => ({
    target: shuffled(target, seed, 'target', step),
    shadow: shuffled(shadow, seed, 'shadow', step),
  }));
  const failures = attacks.flatMap((attack) => {
    const results = shuffles.map((pair) => evaluate(attack, pair.target, [pair.shadow]));
    const auc = mean(results.map((result) => result.auc.estimate));
    const advantage = mean(results.map((result) => result.advantage.estimate));
    return Math.abs(auc - 0.5) <= aucBand && Math.abs(advantage) <= advantageBand
      ? []
      : [`${attack.name}: AUC ${auc.toFixed(3)}, advantage ${advantage.toFixed(3)}`];
  });
  const demand = `mean AUC within 0.5 +- ${aucBand.toFixed(3)} and mean advantage within +- ${advantageBand.toFixed(3)} over ${SHUFFLES} shuffles`;
  return checkItem('shuffled membership', demand, failures);
}

function checkSame(
  name: 'record order' | 'repetition',
  attacks: readonly ScoreAttack[],
  evaluate: Evaluate,
  [target, shadow]: readonly ModelSignals[],
  [otherTarget, otherShadow]: readonly ModelSignals[],
): SelfCheckItem {
  const failures = attacks.flatMap((attack) => {
    const scores = attack.score(target);
    const otherScores = attack.score(otherTarget);
    if (name === 'record order') otherScores.reverse();
    if (!scores.every((score, i) => Object.is(score, otherScores[i])))
      return [`${attack.name}: the scores differ`];
    const result = JSON.stringify(evaluate(attack, target, [shadow]));
    const other = JSON.stringify(evaluate(attack, otherTarget, [otherShadow]));
    return result === other ? [] : [`${attack.name}: the results differ`];
  });
  const demand =
    name === 'record order' ? 'records in reverse order give the same' : 'the second time gives the same';
  return checkItem(name, demand, failures);
}

/** Passed if nothing failed; the detail says what was demanded. */
export function checkItem(
  name: SelfCheckItem['name'],
  demand: string,
  failures: readonly string[],
): SelfCheckItem {
  const passed = failures.length === 0;
  return { name, passed, detail: passed ? demand : `${demand}; failed: ${failures.join('; ')}` };
}

function shuffled(signals: ModelSignals, seed: number, role: Role, step: number): ModelSignals {
  const order = randomStream({ seed, role, purpose: 'permutation', step }).permutation(signals.n);
  return { ...signals, members: Uint8Array.from(order, (from) => signals.members[from]) };
}

function reversed(signals: ModelSignals): ModelSignals {
  const { n, classes, logits } = signals;
  const rows = new Float64Array(logits.length);
  for (let row = 0; row < n; row++) {
    rows.set(logits.subarray(row * classes, (row + 1) * classes), (n - 1 - row) * classes);
  }
  return {
    n,
    classes,
    logits: rows,
    labels: signals.labels.slice().reverse(),
    members: signals.members.slice().reverse(),
  };
}
