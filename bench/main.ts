import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/paths';

/** A workload with its independent twin; both print `{"value": number}` as the last line. */
interface Workload {
  readonly name: string;
  readonly unit: string;
  readonly ours: readonly string[];
  /** What the twin is written in; a workload that compares itself has none. */
  readonly twinName?: string;
  readonly twin?: readonly string[];
}

const training: readonly Workload[] = [
  ['location30', 'ce', 'Location30 MLP step, ce'],
  ['location30', 'ccel', 'Location30 MLP step, ccel'],
  ['purchase', 'ce', 'Purchase-size MLP step, batch 512'],
].map(([workload, loss, name]) => ({
  name,
  unit: 'ms',
  twinName: 'PyTorch',
  ours: ['bench/mlp-training.ts', workload, loss],
  twin: ['bench/twins/mlp_training.py', workload, loss],
}));

const trainer: readonly Workload[] = [
  {
    name: 'ResNet-18 step of the trainer, 128 images of 32x32',
    unit: 'ms',
    twinName: 'PyTorch',
    ours: ['bench/picture-training.ts', 'resnet18', '128', '6'],
    twin: ['bench/twins/network_step.py', 'resnet18', '128', '1', '6'],
  },
  {
    name: 'Recording and checkpoints each epoch, Location30 MLP',
    unit: '% of the training',
    ours: ['bench/recording.ts'],
  },
];

const shadows: readonly Workload[] = ['1', '2'].map((threads) => ({
  name: `Location30 16 shadows of 10 epochs, threads: ${threads}`,
  unit: 's',
  twinName: 'PyTorch',
  ours: ['bench/location-shadows.ts', threads],
  twin: ['bench/twins/location_shadows.py', threads],
}));

const statistics: readonly Workload[] = [
  ['roc', 'ROC and best cut, 1e6 records', 'scikit-learn'],
  ['bootstrap', 'AUC bootstrap, 1,000 resamples of 1e5 records', 'numpy'],
  ['permutations', 'null of the best of 20 attacks, 2,000 records', 'numpy'],
].map(([workload, name, twinName]) => ({
  name,
  unit: 's',
  twinName,
  ours: ['bench/statistics.ts', workload],
  twin: ['bench/twins/rank_statistics.py', workload],
}));

const attacks: readonly Workload[] = [
  ['lira', 'LiRA online, 50,000 records x 128 models, from logits of 10 classes', 'numpy'],
  ['rmia', 'RMIA, 50,000 records, 10,000 population records', 'numpy, naive form'],
].map(([workload, name, twinName]) => ({
  name,
  unit: 's',
  twinName,
  ours: ['bench/attacks.ts', workload],
  twin: ['bench/twins/attacks.py', workload],
}));

const audits: readonly Workload[] = [
  {
    name: 'audit, 50,000 records x 10 classes x 17 models, processor time',
    unit: 's',
    ours: ['bench/audit.ts'],
  },
];

/** Model, batch size, threads, steps. */
const networks: readonly Workload[] = [
  ['cnn', '128', '1', '20'],
  ['resnet18', '128', '1', '10'],
  ['resnet20', '128', '1', '5'],
  ['resnet34', '128', '1', '4'],
  ['resnet50', '64', '1', '4'],
  ['densenet121', '64', '1', '4'],
  ['vgg11', '128', '1', '4'],
  ['wideresnet-16-4', '64', '1', '3'],
  ['wideresnet-28-2', '64', '1', '3'],
].map((args) => ({
  name: `${args[0]} step, ${args[1]} images of 32x32`,
  unit: 'ms',
  twinName: 'PyTorch',
  ours: ['bench/network-step.ts', ...args],
  twin: ['bench/twins/network_step.py', ...args],
}));

const dpSgd: readonly Workload[] = [
  { twinName: 'plain SGD here', twin: ['bench/dp-sgd.ts', 'plain'] },
  { twinName: 'Opacus', twin: ['bench/twins/dp_sgd.py'] },
].map((beside) => ({
  name: 'DP-SGD step, Location30 MLP',
  unit: 'ms',
  ours: ['bench/dp-sgd.ts'],
  ...beside,
}));

const workloads: readonly Workload[] = [
  ...training,
  ...trainer,
  ...shadows,
  ...dpSgd,
  ...networks,
  ...statistics,
  ...attacks,
  ...audits,
];

/** What makes oneDNN, MKL and PyTorch's own kernels compute as on a processor that has AVX2 and nothing newer. */
const avx2 = { ONEDNN_MAX_CPU_ISA: 'AVX2', MKL_ENABLE_INSTRUCTIONS: 'AVX2', ATEN_CPU_CAPABILITY: 'avx2' };

const pairs = 5;
const python = join(projectRoot, '.venv-twins', 'bin', 'python');

/**
 * `npm run bench`: each workload and its twin, alternated, with the medians of five pairs. `npm run bench -- resnet18`
 * runs those whose name has that word; with `--avx2` both sides compute as on a processor without AVX-512.
 */
function main(args: readonly string[]): void {
  const words = args.filter((word) => word !== '--avx2');
  if (words.length < args.length) Object.assign(process.env, avx2);
  const hasTwins = existsSync(python);
  if (!hasTwins)
    console.log('No twins: run `npm run twins:setup` to compare with PyTorch, numpy and scikit-learn.');
  const chosen = workloads.filter(({ name }) =>
    words.every((word) => name.toLowerCase().includes(word.toLowerCase())),
  );
  if (chosen.length === 0) {
    const names = workloads.map(({ name }) => `  ${name}`).join('\n');
    console.error(`No workload's name has ${JSON.stringify(words.join(' '))}. There are:\n${names}`);
    process.exitCode = 2;
  }
  for (const { name, unit, twinName, ours, twin } of chosen) {
    const own: number[] = [];
    const other: number[] = [];
    let costs: Costs = [];
    for (let i = 0; i < pairs; i++) {
      const result = measure(process.execPath, ['--require', 'tsx/cjs', ...ours]);
      own.push(result.value);
      costs = result.costs ?? [];
      if (hasTwins && twin !== undefined) other.push(measure(...commandOf(twin)).value);
    }
    const beside =
      other.length > 0
        ? `, ${twinName} ${median(other).toFixed(2)} ${unit}, ratio ${(median(own) / median(other)).toFixed(2)}`
        : '';
    console.log(`${name}: ccl-lab ${median(own).toFixed(2)} ${unit}${beside} (medians of ${pairs})`);
    if (costs.length > 0) {
      const shares = costs.map(([kernel, share]) => `${kernel} ${(100 * share).toFixed(0)} %`);
      console.log(`    largest costs: ${shares.join(', ')}`);
    }
  }
}

/** Kernels with their shares of the time. */
type Costs = readonly (readonly [string, number])[];

/** A twin in Python, or another workload of ours. */
function commandOf(twin: readonly string[]): [string, readonly string[]] {
  return twin[0].endsWith('.ts') ? [process.execPath, ['--require', 'tsx/cjs', ...twin]] : [python, twin];
}

function measure(command: string, args: readonly string[]): { value: number; costs?: Costs } {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
  const last = stdout.trim().split('\n').pop() ?? '';
  return JSON.parse(last) as ReturnType<typeof measure>;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

main(process.argv.slice(2));
