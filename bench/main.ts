import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/paths';

/** A workload with its independent twin; both print `{"value": number}` as the last line. */
interface Workload {
  readonly name: string;
  readonly unit: string;
  /** What the twin is written in. */
  readonly twinName: string;
  readonly ours: readonly string[];
  readonly twin: readonly string[];
}

const steps: readonly Workload[] = ['ce', 'ccel'].map((loss) => ({
  name: `Location30 MLP step, ${loss}`,
  unit: 'ms',
  twinName: 'PyTorch',
  ours: ['bench/location-mlp.ts', loss],
  twin: ['bench/twins/location_mlp.py', loss],
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
  twin: ['bench/twins/statistics.py', workload],
}));

const workloads: readonly Workload[] = [...steps, ...statistics];

const pairs = 5;
const python = join(projectRoot, '.venv-twins', 'bin', 'python');

/** `npm run bench`: each workload and its twin, alternated, with the medians of five pairs. */
function main(): void {
  const hasTwins = existsSync(python);
  if (!hasTwins)
    console.log('No twins: run `npm run twins:setup` to compare with PyTorch, numpy and scikit-learn.');
  for (const { name, unit, twinName, ours, twin } of workloads) {
    const own: number[] = [];
    const other: number[] = [];
    for (let i = 0; i < pairs; i++) {
      own.push(measure(process.execPath, ['--require', 'tsx/cjs', ...ours]));
      if (hasTwins) other.push(measure(python, twin));
    }
    const beside = hasTwins
      ? `, ${twinName} ${median(other).toFixed(2)} ${unit}, ratio ${(median(own) / median(other)).toFixed(2)}`
      : '';
    console.log(`${name}: ccl-lab ${median(own).toFixed(2)} ${unit}${beside} (medians of ${pairs})`);
  }
}

function measure(command: string, args: readonly string[]): number {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
  const last = stdout.trim().split('\n').pop() ?? '';
  return (JSON.parse(last) as { value: number }).value;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

main();
