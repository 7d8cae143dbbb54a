import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { attack } from '../src/attacks/registry';
import { writeNpz } from '../src/platform/formats/npz';
import { fastWords } from '../src/platform/math/fast-normals';
import { randomStream } from '../src/platform/math/random';
import { aucEstimate } from '../src/metrics/auc';
import { projectRoot } from '../src/paths';
import { memorySignalSet } from '../src/signals/memory-signal-set';
import { readSignals } from '../src/signals/read-signals';
import { crossEntropies, populationScaledLogits } from '../src/signals/statistics';

const folder = join(projectRoot, 'out', 'bench');
/** 256 MB of logits; twins/attacks.py reads the same file. */
const file = join(folder, 'lira-50000x128.npz');
const context = { seed: 1 };

/** Logits in which members stand out by 1 at the true class: uniform noise of width 4. */
function logits(models: number, n: number, classes: number, members: Uint8Array): Float32Array {
  const words = new Uint32Array(models * n * classes);
  fastWords(randomStream({ seed: 1, role: 'evaluation', purpose: 'synthetic' })).fill(words);
  return Float32Array.from(words, (word, at) => {
    const place = Math.floor(at / classes);
    const isTrueClass = at % classes === (place % n) % classes;
    return (word / 2 ** 32) * 4 + (isTrueClass ? 1 + (members[place] ?? 0) : 0);
  });
}

function memberships(models: number, n: number): Uint8Array {
  const words = new Uint32Array(models * n);
  fastWords(randomStream({ seed: 2, role: 'evaluation', purpose: 'split' })).fill(words);
  return Uint8Array.from(words, (word) => word >>> 31);
}

const labelsOf = (n: number, classes: number): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => i % classes);

async function makeFile(): Promise<void> {
  const [models, n, classes] = [128, 50_000, 10];
  mkdirSync(folder, { recursive: true });
  const members = memberships(models, n);
  await writeNpz(file, {
    logits: { shape: [models, n, classes], data: logits(models, n, classes, members) },
    labels: { shape: [n], data: labelsOf(n, classes) },
    members: { shape: [models, n], data: members, dtype: 'bool' },
  });
}

/** LiRA online, from the file to the scores, model by model. Prints the largest resident memory on stderr. */
async function lira(): Promise<() => Promise<void>> {
  // In a process of its own, since making the file takes more memory than the attack may.
  if (!existsSync(file)) {
    spawnSync(process.execPath, ['--require', 'tsx/cjs', __filename, 'file'], { stdio: 'inherit' });
  }
  return async () => {
    const set = await readSignals(file, { checksums: false });
    const { scores } = attack('lira').scores(set, context);
    const area = aucEstimate(scores, set.members[0]);
    if (!(area > 0.6 && area < 0.75)) throw new Error(`wrong AUC ${area}`);
    console.error(`largest resident memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
  };
}

/** RMIA online of 50,000 records against 10,000 population records and 8 models, from true-class probabilities on. */
function rmia(): Promise<() => Promise<void>> {
  const [models, n, classes, size] = [9, 50_000, 10, 10_000];
  const members = memberships(models, n);
  const set = memorySignalSet({
    labels: labelsOf(n, classes),
    members,
    logits: logits(models, n, classes, members),
    population: { labels: labelsOf(size, classes), logits: logits(models, size, classes, new Uint8Array(0)) },
  });
  // What a set keeps for all attacks; the twin starts from probabilities as well.
  crossEntropies(set);
  populationScaledLogits(set);
  return Promise.resolve(() => {
    const { scores, usable } = attack('rmia').scores(set, context);
    const kept = (_: number, i: number): boolean => usable?.[i] !== 0;
    const area = aucEstimate(scores.filter(kept), set.members[0].filter(kept));
    if (!(area > 0.55 && area < 0.75)) throw new Error(`wrong AUC ${area}`);
    return Promise.resolve();
  });
}

/** Runs the workload named on the command line once and prints its seconds as JSON; the twin is twins/attacks.py. */
async function main(): Promise<void> {
  const workload = process.argv[2];
  if (workload === 'file') return makeFile();
  const run = await { lira, rmia }[workload as 'lira' | 'rmia']();
  const start = process.hrtime.bigint();
  await run();
  process.stdout.write(`${JSON.stringify({ value: Number(process.hrtime.bigint() - start) / 1e9 })}\n`);
}

void main();
