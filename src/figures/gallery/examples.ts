/**
 * Invented numbers that look like those of studies, for the gallery (docs/figures.md) and for tests. No model was trained;
 * every figure of them is stamped as synthetic.
 */
import { fillNormals } from '../../platform/math/normal-stream';
import { randomStream } from '../../platform/math/random';
import { calibration } from '../../metrics/calibration';
import type { Interval } from '../../metrics/interval';
import { lossSummary } from '../../metrics/matched-histories';
import { meanOverSeeds } from '../../metrics/over-seeds';
import { p1FromAdvantage } from '../../metrics/advantage';
import { recordVulnerability } from '../../metrics/record-vulnerability';
import { rocCurve } from '../../metrics/roc';
import { normalCdf } from '../../platform/math/distributions';
import type { AblationCurve, AblationPoint } from '../alpha-ablation';
import type { HeatMapData } from '../heat-map';
import type { LossSample } from '../loss-histogram';
import type { LossSpread } from '../loss-spread';
import type { P1Group } from '../p1-bars';
import type { PlanePanel, PlanePoint } from '../plane-data';
import type { CalibratedModel } from '../reliability';
import type { MethodRoc } from '../roc';
import type { RecordLogits } from '../scaled-logits';
import type { TrainingPanel } from '../training-curves';
import type { DefenseVulnerability } from '../vulnerability';

export const exampleSource = {
  data: 'invented for this gallery',
  command: 'npx ccl figures --gallery docs',
  synthetic: true,
} as const;

/** Standard normal numbers at a place; the same place gives the same numbers. */
function normals(place: number, count: number): Float64Array {
  const out = new Float64Array(count);
  fillNormals(out, randomStream({ seed: 9, role: 'evaluation', purpose: 'synthetic', step: place }));
  return out;
}

const seeds = [1, 2, 3, 4, 5];

/** Mean with t interval of a value that five seeds saw with this noise. */
function overSeeds(value: number, noise: number, place: number): Interval {
  const draws = normals(place, seeds.length);
  return meanOverSeeds(Array.from(draws, (z) => value + noise * z));
}

interface Invented {
  readonly label: string;
  readonly parameters: readonly string[];
  /** Advantage of the loss attack and test accuracy along the parameter. */
  readonly advantage: readonly number[];
  readonly testAccuracy: readonly number[];
}

const undefended = { advantage: 0.62, testAccuracy: 0.565 };
const defenses: readonly Invented[] = [
  {
    label: 'CCEL (alpha)',
    parameters: ['0.1', '0.3', '0.5', '0.7', '0.8', '0.9'],
    advantage: [0.19, 0.25, 0.33, 0.43, 0.5, 0.565],
    testAccuracy: [0.515, 0.549, 0.566, 0.57, 0.569, 0.567],
  },
  {
    label: 'CCQL (alpha)',
    parameters: ['0.1', '0.3', '0.5', '0.7', '0.8', '0.9'],
    advantage: [0.28, 0.335, 0.4, 0.47, 0.53, 0.585],
    testAccuracy: [0.532, 0.552, 0.562, 0.566, 0.567, 0.566],
  },
  {
    label: 'RelaxLoss (alpha)',
    parameters: ['2', '1.5', '1', '0.5', '0.2', '0.1'],
    advantage: [0.1, 0.14, 0.22, 0.37, 0.49, 0.55],
    testAccuracy: [0.452, 0.492, 0.531, 0.556, 0.561, 0.563],
  },
  {
    label: 'early stopping (epochs)',
    parameters: ['4', '8', '12', '16', '24', '32'],
    advantage: [0.06, 0.13, 0.23, 0.35, 0.49, 0.57],
    testAccuracy: [0.36, 0.462, 0.521, 0.549, 0.558, 0.563],
  },
  {
    label: 'label smoothing (eps)',
    parameters: ['0.5', '0.3', '0.2', '0.1', '0.05', '0.01'],
    advantage: [0.66, 0.65, 0.63, 0.61, 0.6, 0.615],
    testAccuracy: [0.548, 0.56, 0.566, 0.57, 0.569, 0.566],
  },
];

const attacks = [
  { attack: 'Loss attack', strength: 1 },
  { attack: 'LiRA (16 shadow models)', strength: 1.18 },
  { attack: 'Neural network', strength: 0.92 },
] as const;

/** Three attacks against five defenses with six configurations each. */
export function examplePlane(): PlanePanel[] {
  return attacks.map(({ attack, strength }, panel) => {
    const point = (
      advantage: number,
      testAccuracy: number,
      place: number,
    ): Omit<PlanePoint, 'parameter'> => ({
      privacy: overSeeds(Math.min(0.95, advantage * strength), 0.014, 1000 + 100 * panel + place),
      // The models are the same under every attack.
      testAccuracy: overSeeds(testAccuracy, 0.005, 500 + place),
    });
    return {
      attack,
      chance: 0,
      undefended: point(undefended.advantage, undefended.testAccuracy, 99),
      methods: defenses.map(({ label, parameters, advantage, testAccuracy }, method) => ({
        label,
        points: parameters.map((parameter, i) => ({
          parameter,
          ...point(advantage[i], testAccuracy[i], 10 * method + i),
        })),
      })),
    };
  });
}

export function exampleAblation(): AblationCurve[] {
  const alphas = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
  return ['CCEL', 'CCQL'].map((label, method) => ({
    label,
    points: alphas.map((alpha, i): AblationPoint => {
      const place = 2000 + 100 * method + 10 * i;
      const pull = (1 - alpha) * (method === 0 ? 1 : 0.7);
      const scaled = (value: number, k: number): Interval => overSeeds(value, 0.06 * value, place + k);
      return {
        parameter: alpha,
        trainAccuracy: overSeeds(1 - 0.12 * pull ** 3, 0.002, place),
        testAccuracy: overSeeds(0.566 + 0.02 * pull - 0.08 * pull ** 3, 0.005, place + 1),
        attack: overSeeds(0.86 - 0.24 * pull, 0.006, place + 2),
        memberLossMean: scaled(0.012 * Math.exp(4.2 * pull), 3),
        memberLossVariance: scaled(0.0012 * Math.exp(8 * pull), 4),
        nonMemberLossMean: scaled(3.1 * Math.exp(-0.5 * pull), 5),
        nonMemberLossVariance: scaled(14 * Math.exp(-0.6 * pull), 6),
      };
    }),
  }));
}

export function exampleP1(): P1Group[] {
  return attacks.map(({ attack, strength }, panel) => ({
    attack,
    bars: [
      {
        label: 'undefended',
        best: { advantage: undefended.advantage, testAccuracy: undefended.testAccuracy },
      },
      ...defenses.map(({ label, advantage, testAccuracy }) => ({
        label: label.replace(/ \(.*/, ''),
        best: { advantage: advantage[2], testAccuracy: testAccuracy[2] },
      })),
    ].map(({ label, best }, i) => ({
      label,
      p1: overSeeds(
        p1FromAdvantage(best.testAccuracy, Math.min(0.95, best.advantage * strength)),
        0.008,
        3000 + 20 * panel + i,
      ),
    })),
  }));
}

const epochs = Array.from({ length: 20 }, (_, i) => 2 * (i + 1));

/** Losses at a share of the training: log-normal, members ever lower. */
function invented(place: number, share: number, pull: number, isMember: boolean, count = 400): Float64Array {
  const center = isMember ? 1.1 - share * (5.4 - 2.2 * pull) : 1.1 - 0.35 * share;
  const spread = isMember ? 0.35 + 1.3 * share : 0.35 + 1.1 * share;
  return normals(place, count).map((z) => Math.min(40, Math.exp(center + spread * z)));
}

const methods = [
  { label: 'CE', pull: 0 },
  { label: 'CCEL (alpha 0.5)', pull: 0.9 },
  { label: 'focal (gamma 2)', pull: 0.2 },
] as const;

export function exampleSpread(): LossSpread[] {
  return methods.map(({ label, pull }, method) => ({
    label,
    seeds: seeds.map((seed) =>
      epochs.map((epoch) => {
        const place = 10_000 + 2000 * method + 100 * seed + epoch;
        const side = (isMember: boolean) =>
          lossSummary(invented(place + (isMember ? 0 : 50), epoch / 40, pull, isMember));
        return { epoch, members: side(true), nonMembers: side(false) };
      }),
    ),
  }));
}

export function exampleTraining(): TrainingPanel[] {
  const curve = (
    label: string,
    method: number,
    at: (share: number) => number,
    noise: number,
    side?: 'members' | 'non-members',
  ) => ({
    label,
    ...(side === undefined ? {} : { side }),
    epochs,
    seeds: seeds.map((seed) => {
      const z = normals(20_000 + 100 * method + seed + (side === 'non-members' ? 50 : 0), epochs.length);
      return epochs.map((epoch, i) => at(epoch / 40) * (1 + noise * z[i]));
    }),
  });
  return [
    {
      title: 'Accuracy',
      unit: 'accuracy',
      curves: methods.flatMap(({ label, pull }, m) => [
        curve(label, m, (s) => 1 - Math.exp(-(7 - pull) * s), 0.004, 'members'),
        curve(label, m, (s) => 0.565 * (1 - Math.exp(-6 * s)), 0.012, 'non-members'),
      ]),
    },
    {
      title: 'Mean loss',
      unit: 'loss (nats)',
      scale: 'log',
      curves: methods.flatMap(({ label, pull }, m) => [
        curve(label, m + 5, (s) => Math.exp(1.2 - (5 - 2 * pull) * s), 0.07, 'members'),
        curve(label, m + 5, (s) => 3 - 1.6 * Math.sqrt(s) + (1.6 - pull) * s * s, 0.03, 'non-members'),
      ]),
    },
  ];
}

export function exampleBeforeAfter(): readonly [LossSample, LossSample] {
  const sample = (label: string, place: number, pull: number): LossSample => ({
    label,
    members: invented(place, 1, pull, true, 1200),
    nonMembers: invented(place + 1, 1, pull, false, 1200),
  });
  return [sample('without a defense (CE)', 30_000, 0), sample('with CCEL (alpha 0.5)', 30_010, 0.9)];
}

/** A record that gives itself away, one that does not, and one for an adversary without in-models. */
export function exampleLogits(): RecordLogits[] {
  const values = (place: number, count: number, center: number, spread: number) =>
    normals(place, count).map((z) => center + spread * z);
  return [
    {
      label: 'record 17, mislabeled',
      inModels: values(40_001, 32, 5.2, 1.1),
      outModels: values(40_002, 32, -3.4, 1.5),
      target: 4.6,
    },
    {
      label: 'record 230, typical',
      inModels: values(40_003, 32, 6.3, 0.9),
      outModels: values(40_004, 32, 5.6, 1.2),
      target: 6.1,
    },
    { label: 'record 41, offline', inModels: [], outModels: values(40_005, 32, 1.1, 1.4), target: 5.3 },
  ];
}

/** Two Gaussian scores a method; its members score higher by `shift`. */
export function exampleRoc(): { readonly methods: readonly MethodRoc[]; readonly nonMembers: number } {
  const count = 1000;
  const shifts = [1.5, 0.9, 1.2];
  return {
    nonMembers: count,
    methods: methods.map(({ label }, m) => ({
      label,
      curves: seeds.map((seed) => {
        const scores = normals(50_000 + 10 * m + seed, 2 * count).map((z, i) =>
          i < count ? z * 1.25 + shifts[m] : z,
        );
        return rocCurve(scores, new Uint8Array(2 * count).fill(1, 0, count));
      }),
    })),
  };
}

export function exampleVulnerability(): DefenseVulnerability[] {
  const [models, records] = [64, 300];
  return methods.slice(0, 2).map(({ label, pull }, m) => {
    const exposed = normals(60_000, records).map((z) => Math.max(0, 0.4 + z) ** 2 * (0.55 - 0.25 * pull));
    const members = Array.from({ length: models }, (_, model) =>
      Uint8Array.from(normals(61_000 + model, records), (z) => (z > 0 ? 1 : 0)),
    );
    const scores = members.map((flags, model) =>
      normals(62_000 + 100 * m + model, records).map((z, i) => z + (flags[i] === 1 ? exposed[i] : 0)),
    );
    return { label, records: recordVulnerability(scores, members) };
  });
}

/** Ten classes; sharper than it should be by a factor on the logits. */
export function exampleCalibration(): CalibratedModel[] {
  const [count, classes] = [2000, 10];
  return [
    { label: 'CE', sharpness: 1.5 },
    { label: 'CCEL (alpha 0.5)', sharpness: 2.6 },
    { label: 'label smoothing', sharpness: 0.8 },
  ].map(({ label, sharpness }) => {
    const logits = normals(70_000, count * classes).map((z) => 1.8 * z);
    const pick = normals(70_001, count).map(normalCdf);
    const out = new Float64Array(count * classes);
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
      let rest = pick[i] * total;
      labels[i] = Math.max(
        0,
        row.findIndex((z) => (rest -= Math.exp(z)) <= 0),
      );
      const sharpTotal = Math.log(row.reduce((sum, z) => sum + Math.exp(sharpness * z), 0));
      row.forEach((z, k) => (out[i * classes + k] = Math.min(0, sharpness * z - sharpTotal)));
    }
    return { label, calibration: calibration(out, labels, classes) };
  });
}

export function exampleHeatMap(): HeatMapData {
  const rows = [
    { label: 'undefended (CE)', advantage: undefended.advantage },
    ...defenses.map(({ label, parameters, advantage }) => ({
      label: label.replace(/\)$/, ` ${parameters[2]})`),
      advantage: advantage[2],
    })),
  ];
  const columns = [
    { name: 'loss', strength: 1 },
    { name: 'entropy', strength: 0.8 },
    { name: 'modified entropy', strength: 0.98 },
    { name: 'neural network', strength: 0.92 },
    { name: 'LiRA online', strength: 1.18 },
    { name: 'RMIA', strength: 1.12 },
    { name: 'label only', strength: 0.45 },
  ];
  return {
    chance: 0,
    defenses: rows.map(({ label }) => label),
    attacks: columns.map(({ name }) => name),
    values: rows.map(({ advantage }, r) =>
      columns.map(({ strength }, c) =>
        // One that was not run.
        r === 3 && c === 6
          ? null
          : overSeeds(Math.min(0.95, advantage * strength), 0.012, 80_000 + 10 * r + c),
      ),
    ),
  };
}
