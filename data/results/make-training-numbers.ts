/**
 * Makes training-numbers.json, rows O3, O10 and O12 of the ledger: what a training does and costs, beside cross-entropy.
 *
 *   npx tsx data/results/make-training-numbers.ts
 *
 * Split fifths of Location30, the paper's network, the recipe `study` (40 epochs), three seeds. Each training of a defense has
 * one of cross-entropy beside it, before it in odd seeds and after it in even ones, so that other work on the machine
 * disturbs both alike; one thread. Goes on where its file ends; the file is written after each pair.
 */
import { defenseFromData } from '../../src/defenses/registry';
import { compactNumber } from '../../src/figures/text';
import { openBackend } from '../../src/platform/backend/backend';
import { mean, populationVariance } from '../../src/platform/math/quantile';
import { ceLosses } from '../../src/signals/log-softmax';
import { recipe } from '../../src/training/recipe';
import type { TrainingTask } from '../../src/training/task';
import { train } from '../../src/training/train';
import { location30Tasks } from './location30-tasks';
import {
  pathOf,
  topShare,
  trainingNumbers,
  type TrainingNumbersRun,
  type WeightsPath,
} from './training-numbers';
import { writeRows } from './write-rows';

const settled = recipe('study', { evaluateEvery: 40 });
const seeds = [1, 2, 3];

/** Cross-entropy with itself shows what a pair can tell. */
const compared: readonly (readonly [name: string, options: TrainingNumbersRun['options']])[] = [
  ['ce', {}],
  ['ccel', { alpha: 0.5 }],
  ['ccel', { alpha: 0.2 }],
  ['ccql', { alpha: 0.5 }],
  ['relaxloss', { target: 0.5 }],
  ['relaxloss', { target: 1.5 }],
  ['focal', { gamma: 2 }],
  ['label-smoothing', { epsilon: 0.1 }],
  ['flooding', { level: 0.5 }],
  ['mixup-mmd', { strength: 1 }],
  ['advreg', { strength: 1 }],
  ['dp-sgd', { noiseMultiplier: 0.1 }],
];

async function main(): Promise<void> {
  const { tasksOf } = await location30Tasks(await openBackend({ threads: 1 }));
  const task = (name: string, options: TrainingNumbersRun['options'], seed: number): TrainingTask =>
    tasksOf(defenseFromData(name, options), settled, seed).target;
  const runs = [...trainingNumbers().runs];
  for (const seed of seeds) {
    for (const [name, given] of compared) {
      const { label, options } = defenseFromData(name, given);
      const key = JSON.stringify([name, options, seed]);
      if (runs.some((run) => JSON.stringify([run.name, run.options, run.seed]) === key)) continue;
      const pair = [task('ce', {}, seed), task(name, options, seed)];
      const isOdd = seed % 2 === 1;
      const measured = [];
      for (const each of isOdd ? pair : pair.reverse()) measured.push(await measure(each));
      const [other, { cpuSeconds, ...seen }] = isOdd ? measured : measured.reverse();
      const run = { name, label, options, seed, cpuSeconds, baselineCpuSeconds: other.cpuSeconds, ...seen };
      runs.push(run);
      write(runs);
      console.log(JSON.stringify(run));
    }
  }
}

async function measure(
  task: TrainingTask,
): Promise<Omit<TrainingNumbersRun, 'name' | 'label' | 'options' | 'seed' | 'baselineCpuSeconds'>> {
  const { epochs, milestones } = settled;
  const points = new Map<number, readonly Float32Array[]>();
  const path = (last: number): WeightsPath | null => {
    const way = Array.from({ length: epochs / 10 + 1 }, (_, i) => points.get(last - epochs / 10 + i));
    return way.every((point): point is readonly Float32Array[] => point !== undefined)
      ? rounded(pathOf(way))
      : null;
  };
  const before = process.cpuUsage();
  const { state, signals } = await train({
    ...task,
    onEpoch: (epoch, capture) => {
      const near = [milestones[0], epochs].some((last) => epoch <= last && epoch >= last - epochs / 10);
      if (near) points.set(epoch, capture().parameters);
    },
  });
  const { user, system } = process.cpuUsage(before);
  points.set(state.epoch, state.parameters);
  const losses = ceLosses(signals).filter((_, record) => signals.members[record] === 1);
  return {
    cpuSeconds: compactNumber((user + system) / 1e6),
    path: path(epochs),
    pathBeforeDecay: path(milestones[0]),
    memberLoss: rounded({
      mean: mean(losses),
      variance: populationVariance(losses),
      topShare: topShare(losses, 0.01),
    }),
  };
}

const rounded = <Numbers extends object>(numbers: Numbers): Numbers =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, compactNumber(value as number)]),
  ) as Numbers;

function write(runs: readonly TrainingNumbersRun[]): void {
  const head = {
    schema: 'ccl-lab/training-numbers/1',
    command: 'npx tsx data/results/make-training-numbers.ts',
  };
  writeRows('training-numbers.json', head, 'runs', runs);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
