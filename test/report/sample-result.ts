import { rocCurve, tprAtFpr } from '../../src/metrics/roc';
import type { Interval } from '../../src/metrics/interval';
import type {
  Comparison,
  LossSummary,
  DefenseResult,
  PathPoint,
  RunResult,
  StudyAttackResult,
  StudyResult,
  SummaryMetric,
} from '../../src/experiments/study-result';
import { recipe } from '../../src/training/recipe';

/** A small seeded generator (mulberry32) of this fixture only. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function gaussian(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function summarize(losses: readonly number[]): LossSummary {
  const sorted = [...losses].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, u) => sum + u, 0) / sorted.length;
  const at = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))];
  return {
    mean,
    variance: sorted.reduce((sum, u) => sum + (u - mean) ** 2, 0) / sorted.length,
    median: at(0.5),
    q05: at(0.05),
    q95: at(0.95),
    max: sorted[sorted.length - 1],
  };
}

interface Shape {
  readonly key: string;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly title: string;
  readonly label: string;
  /** Factor on the member loss at the end. */
  readonly fit: number;
  readonly test: number;
}

const shapes: readonly Shape[] = [
  { key: 'ce', name: 'ce', options: { beta: 1 }, title: 'CE', label: 'CE', fit: 1, test: 0.565 },
  {
    key: 'ccel alpha=0.5',
    name: 'ccel',
    options: { alpha: 0.5, beta: 1 },
    title: 'CCEL',
    label: 'CCEL (alpha 0.5)',
    fit: 0.45,
    test: 0.54,
  },
  {
    key: 'ccql alpha=0.5',
    name: 'ccql',
    options: { alpha: 0.5, beta: 1 },
    title: 'CCQL',
    label: 'CCQL (alpha 0.5)',
    fit: 0.6,
    test: 0.55,
  },
];

const epochs = Array.from({ length: 20 }, (_, i) => 2 * (i + 1));
const partSize = 1252;

function losses(uniform: () => number, progress: number, fit: number, member: boolean): number[] {
  const center = member ? 2.6 - progress * (6.2 - Math.log(fit)) : 1.2 - 0.4 * progress;
  const spread = member ? 0.7 : 0.6 + 1.4 * progress;
  return Array.from({ length: partSize }, () => Math.min(Math.exp(center + spread * gaussian(uniform)), 40));
}

function interval(estimate: number, half: number, method: Interval['method']): Interval {
  return { estimate, low: estimate - half, high: estimate + half, method };
}

function attack(name: string, title: string, auc: number, advantage: number, tpr: number): StudyAttackResult {
  const method = { name: 'bca', resamples: 1000 } as const;
  return {
    name,
    title,
    threatModel: 'one query a record; one shadow model trained with the same loss',
    accuracy: interval(0.5 + advantage / 2, 0.017, method),
    advantage: interval(advantage, 0.034, method),
    auc: interval(auc, 0.015, method),
    tprAtFpr: { '0.01': interval(tpr, 0.012, method) },
    notes:
      name === 'loss' ? [{ code: 'shared-cut', by: 'class', parts: [{ part: 7, lacks: 'non-member' }] }] : [],
    smallestFpr: 1 / partSize,
    canaries: {},
  };
}

function pathPoint(uniform: () => number, shape: Shape, epoch: number, shift: number): PathPoint {
  const progress = 1 - Math.exp(-epoch / 9);
  const inside = losses(uniform, progress, shape.fit, true);
  const outside = losses(uniform, progress, shape.fit, false);
  const advantage = 0.62 * progress ** 2 * (1 + 0.04 / shape.fit) + 0.012 * gaussian(uniform);
  return {
    epoch,
    trainAccuracy: Math.min(1, 0.2 + 0.85 * progress),
    testAccuracy:
      shape.test * (1 - Math.exp(-epoch / 4)) - 0.02 * progress + shift + 0.004 * gaussian(uniform),
    memberLoss: summarize(inside),
    nonMemberLoss: summarize(outside),
    advantage,
    auc: 0.5 + 0.58 * advantage,
  };
}

function run(shape: Shape, seed: number): RunResult {
  const uniform = generator(1000 * seed + shape.label.length);
  const shift = 0.006 * gaussian(uniform);
  const path = epochs.map((epoch) => pathPoint(uniform, shape, epoch, shift));
  const last = path[path.length - 1];
  const memberLosses = losses(uniform, 0.985, shape.fit, true);
  const nonMemberLosses = losses(uniform, 0.985, shape.fit, false);
  const scores = Float64Array.from([...memberLosses, ...nonMemberLosses], (u) => -u);
  const curve = rocCurve(scores, new Uint8Array(2 * partSize).fill(1, 0, partSize));
  const tpr = tprAtFpr(curve, 0.01);
  const { advantage, auc, testAccuracy } = last;
  return {
    seed,
    block: `${String(seed).repeat(32)}/0`,
    trainAccuracy: last.trainAccuracy,
    testAccuracy,
    memberLoss: summarize(memberLosses),
    nonMemberLoss: summarize(nonMemberLosses),
    attacks: [
      attack('correctness', 'Correctness', 0.5 + auc / 5, 0.44, 0.01),
      attack('confidence', 'Confidence', auc, advantage - 0.01, tpr),
      attack('entropy', 'Entropy', auc - 0.03, advantage - 0.05, 0.8 * tpr),
      attack('modified-entropy', 'Modified entropy', auc, advantage + 0.002, tpr),
      attack('loss', 'Loss', auc, advantage, tpr),
    ],
    lossAttack: { advantage, auc },
    shadows: { testAccuracy, advantage, p1: 0.5 },
    p1: (2 * testAccuracy * (1 - advantage)) / (testAccuracy + 1 - advantage),
    path,
    memberLosses,
    nonMemberLosses,
  };
}

const metricOf: Readonly<Record<SummaryMetric, (run: RunResult) => number>> = {
  trainAccuracy: (r) => r.trainAccuracy,
  testAccuracy: (r) => r.testAccuracy,
  memberLossMean: (r) => r.memberLoss.mean,
  memberLossVariance: (r) => r.memberLoss.variance,
  memberLossMedian: (r) => r.memberLoss.median,
  nonMemberLossMean: (r) => r.nonMemberLoss.mean,
  nonMemberLossVariance: (r) => r.nonMemberLoss.variance,
  advantage: (r) => r.path[r.path.length - 1].advantage,
  auc: (r) => r.path[r.path.length - 1].auc,
  p1: (r) => r.p1,
};
const metrics = Object.keys(metricOf) as SummaryMetric[];

/** Mean with a t interval for three values (t quantile at 2 degrees of freedom: 4.303). */
function tInterval(values: readonly number[]): Interval {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
  return interval(mean, 4.303 * Math.sqrt(variance / values.length), {
    name: 't',
    n: values.length,
    over: 'seeds',
  });
}

function comparison(
  defense: DefenseResult,
  baseline: DefenseResult,
  metric: SummaryMetric,
  i: number,
): Comparison {
  const differences = defense.runs.map((r, at) => metricOf[metric](r) - metricOf[metric](baseline.runs[at]));
  const verdict = (['better', 'worse', 'not decided'] as const)[i % 3];
  return {
    defense: defense.key,
    metric,
    difference: tInterval(differences),
    p: [0.0004, 0.031, 0.42][i % 3],
    verdict,
  };
}

/**
 * A synthetic study result (no network was trained): 3 methods x 3 seeds, 20 epochs on each path, 1,252 losses a side.
 * The same value each time.
 */
export function sampleResult(): StudyResult {
  cached ??= makeSample();
  return cached;
}

let cached: StudyResult | undefined;

function makeSample(): StudyResult {
  const defenses = shapes.map((shape): DefenseResult => {
    const runs = [1, 2, 3].map((seed) => run(shape, seed));
    const summary = Object.fromEntries(
      metrics.map((metric) => [metric, tInterval(runs.map((r) => metricOf[metric](r)))]),
    ) as Record<SummaryMetric, Interval>;
    const { key, name, options, title, label } = shape;
    return { key, name, options, recipe: {}, title, label, runs, summary };
  });
  return {
    schema: 'ccl-lab/study-result/2',
    name: 'sample (synthetic)',
    command: 'npx ccl study run sample.json',
    data: {
      name: 'sample',
      title: 'Sample with the shape of Location30',
      synthetic: true,
      records: 5010,
      features: 446,
      classes: 30,
      sha256: '0f'.repeat(32),
      partSize,
    },
    model: { name: 'mlp', options: {}, label: 'tanh MLP 446-1024-512-256-128-30' },
    settings: {
      recipe: recipe(),
      split: {
        name: 'quarters',
        options: { stratified: false },
        title: 'four equal parts: members and non-members of the target and of a shadow model',
      },
      seeds: [1, 2, 3],
      shadows: 1,
      ensemble: null,
      canaries: null,
      adversary: 'adaptive',
    },
    backend: { name: 'native', version: 'TensorFlow 2.21.0', threads: 1 },
    selections: [],
    defenses,
    comparisons: defenses
      .slice(1)
      .flatMap((defense, d) => metrics.map((metric, i) => comparison(defense, defenses[0], metric, i + d))),
    blocks: { trained: 18, reused: 0 },
  };
}

/** Strings that do harm wherever one of them is not escaped: in HTML, in scripts, in Plotly's markup and templates. */
export const hostile = {
  script: '</script><script>window.harmed = "script"</script>',
  image: '<img src=x onerror="window.harmed = 1">',
  link: '<a href="https://example.org/x">CCEL</a> <b>bold</b> %{x} $x^2$',
  quote: `"' onmouseover='window.harmed=2' x="\u2028<!--`,
} as const;

/** The sample with hostile text in every place that comes from outside. */
export function hostileResult(): StudyResult {
  const sample = sampleResult();
  const labels = [hostile.link, hostile.image, hostile.script];
  return {
    ...sample,
    name: hostile.script,
    command: `${sample.command} ${hostile.quote} ${hostile.image}`,
    data: { ...sample.data, name: hostile.script, title: hostile.image },
    model: { ...sample.model, label: hostile.image },
    settings: {
      ...sample.settings,
      recipe: { ...sample.settings.recipe, schedule: hostile.script as never },
      split: { ...sample.settings.split, title: hostile.quote },
      adversary: hostile.image as never,
    },
    backend: { ...sample.backend, name: hostile.image, version: hostile.script },
    defenses: sample.defenses.map((defense, i) => ({
      ...defense,
      title: labels[i],
      label: labels[i],
      runs: defense.runs.map((r) => ({
        ...r,
        attacks: r.attacks.map((a) => ({
          ...a,
          title: hostile.image,
          threatModel: hostile.script,
          notes: [hostile.script, hostile.quote].map((words) => ({ code: 'own' as const, words })),
        })),
      })),
    })),
  };
}
