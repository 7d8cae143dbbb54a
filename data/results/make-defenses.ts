/**
 * Makes defenses-location30.json, the numbers of docs/defenses.md: every defense on Location30.
 *
 *   npx tsx data/results/make-defenses.ts [names of defenses, default all]
 *
 * Split fifths (so that all methods share members), the recipe `study` (40 epochs), the paper's network, one shadow model
 * trained as the target, three seeds (one for SELENA, PATE and the losses that few comparisons are about). Runs only what the file lacks or what another
 * revision made, and drops what is no longer planned; the file is written after each run.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attack, attacks, standardAttacks } from '../../src/attacks/registry';
import { evaluateAttack } from '../../src/attacks/evaluate-attack';
import { lessonOf } from '../../src/attacks/learners/lesson';
import { networkLearner } from '../../src/attacks/learners/mlp';
import { posteriorFeatures } from '../../src/attacks/posterior-attacks';
import { openBackend } from '../../src/platform/backend/backend';
import { defaultSetting, type MeasuredRun, type MeasuredDefenses } from '../../src/defenses/measured';
import { defenseFromData, defenseNames, ownDefenseNames, ownDefenses } from '../../src/defenses/registry';
import { withOutputs } from '../../src/defenses/with-outputs';
import { writeFileWhole } from '../../src/platform/formats/write-file';
import { advantage, countDecisions } from '../../src/metrics/advantage';
import { auc } from '../../src/metrics/auc';
import type { ModelSignals } from '../../src/signals/signal-set';
import { recipe } from '../../src/training/recipe';
import { trainingRevision } from '../../src/training/loop';
import type { Trained, TrainingTask } from '../../src/training/task';
import { train } from '../../src/training/train';
import { location30Tasks } from './location30-tasks';

const file = join(__dirname, 'defenses-location30.json');

/** The losses that most comparisons are about: they come first, and with three seeds; the others have one. */
const first = ['ccel', 'ccql', 'focal', 'label-smoothing', 'confidence-penalty', 'flooding'];
/** Many models each. */
const oneSeed = ['selena', 'pate'];
/** Measured beside the defaults: settings suited to Location30 or to a question of the paper. */
const settings: Readonly<Record<string, readonly MeasuredRun['options'][]>> = {
  memguard: [{ budget: 0.1 }],
  relaxloss: [{ target: 1.5 }],
  'dp-sgd': [{ noiseMultiplier: 0.1 }],
};

const changes = { evaluateEvery: 5 };
const settled = recipe('study', changes);

interface Cell {
  readonly name: string;
  readonly options: MeasuredRun['options'];
  readonly seed: number;
}

/** Each defense once before any of them with further seeds. */
function cells(names: readonly string[]): Cell[] {
  const isMain = (name: string): boolean => ['ce', ...first].includes(name) || name in ownDefenses;
  const seedsOf = (name: string): number[] => (isMain(name) && !oneSeed.includes(name) ? [1, 2, 3] : [1]);
  return names
    .flatMap((name) =>
      [{}, ...(settings[name] ?? [])].flatMap((options) =>
        seedsOf(name).map((seed) => ({ name, options, seed })),
      ),
    )
    .sort((a, b) => a.seed - b.seed);
}

function readFile(): MeasuredRun[] {
  if (!existsSync(file)) return [];
  return [...(JSON.parse(readFileSync(file, 'utf8')) as MeasuredDefenses).runs];
}

async function main(): Promise<void> {
  const backend = await openBackend({ threads: 1 });
  const { data, tasksOf: tasksOfCell } = await location30Tasks(backend);
  const tasksOf = ({ name, options, seed }: Cell) =>
    tasksOfCell(defenseFromData(name, options), settled, seed);
  const write = (runs: readonly MeasuredRun[]): void => {
    const head = {
      schema: 'ccl-lab/defenses/1',
      command: 'npx tsx data/results/make-defenses.ts',
      data,
      settings: { ...settled, network: '446-1024-512-256-128-30, tanh', split: 'fifths', shadows: 1 },
      backend: { name: backend.name, version: backend.version, threads: backend.threads },
    };
    const lines = [...runs].sort(order).map((each) => `  ${JSON.stringify(each)}`);
    const text = JSON.stringify({ ...head, runs: [] }, null, 1);
    writeFileWhole(file, `${text.replace(/\[\]\n?\}$/, `[\n${lines.join(',\n')}\n ]\n}`)}\n`);
  };
  const asked = process.argv.slice(2);
  const wanted = cells(
    asked.length > 0 ? asked : [...new Set(['ce', ...first, ...ownDefenseNames, ...defenseNames])],
  );
  const planned = wanted.map((cell) => ({
    ...cell,
    options: defenseFromData(cell.name, cell.options).options,
  }));
  if (asked.length === 0) write(readFile().filter((run) => planned.some((cell) => sameCell(run, cell))));
  for (const cell of planned) {
    const known = readFile().find((run) => sameCell(run, cell));
    if (known !== undefined && known.revision === revisionOf(cell.name)) continue;
    try {
      const run = await measure(cell, tasksOf(cell));
      // What another process has measured in the meantime stays.
      write([...readFile().filter((old) => !sameCell(old, run)), run]);
      console.log(line(run));
    } catch (error) {
      console.error(`${cell.name} seed ${cell.seed}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
}

async function measure(
  cell: Cell,
  { target, shadow }: Record<'target' | 'shadow', TrainingTask>,
): Promise<MeasuredRun> {
  const { defense } = target;
  const { trained, cpuSeconds } = await released(target);
  const own = trained.signals;
  const other = (await released(shadow)).trained.signals;
  const attacks = attacksOn(own, other, cell.seed);
  return {
    name: cell.name,
    label: defense.label,
    options: defense.options,
    isDefault: defaultSetting(defense),
    seed: cell.seed,
    revision: revisionOf(cell.name),
    memberAccuracy: round(accuracy(own, 1)),
    testAccuracy: round(accuracy(own, 0)),
    attacks,
    cpuSeconds: round(cpuSeconds),
  };
}

/** Plain models of this process, which defenses that only change outputs wrap. */
const plain = new Map<string, { trained: Trained; cpuSeconds: number }>();

/** Trains, or wraps a plain model; in CPU seconds, since other work on the machine would change the others. */
async function released(task: TrainingTask): Promise<{ trained: Trained; cpuSeconds: number }> {
  const { defense, key } = task;
  const definition = (ownDefenses as Readonly<Record<string, { changes: readonly string[] }>>)[defense.name];
  const base = defense.options.base as { loss: string } | undefined;
  const wraps = definition?.changes.join() === 'outputs' && Object.keys(base ?? {}).length === 1;
  const name = `${key.seed} ${key.role}`;
  if (!wraps && defense.name !== 'ce') return timed(() => train(task));
  const ce = plain.get(name) ?? (await timed(() => train({ ...task, defense: defenseFromData('ce') })));
  plain.set(name, ce);
  if (!wraps) return ce;
  const { trained, cpuSeconds } = await timed(async () => withOutputs(defense, ce.trained, task));
  return { trained, cpuSeconds: cpuSeconds + ce.cpuSeconds };
}

async function timed(make: () => Promise<Trained>): Promise<{ trained: Trained; cpuSeconds: number }> {
  const before = process.cpuUsage();
  const trained = await make();
  const { user, system } = process.cpuUsage(before);
  return { trained, cpuSeconds: (user + system) / 1e6 };
}

/** AUC of the raw score and advantage at cuts that the shadow model set, for each standard attack. */
function attacksOn(target: ModelSignals, shadow: ModelSignals, seed: number): MeasuredRun['attacks'] {
  const scored = ([...standardAttacks, 'max-confidence', 'hinge'] as const).map((name) => attack(name));
  const results = scored.map((each) => {
    const result = evaluateAttack(each, target, [shadow]);
    return [each.name, { auc: round(result.auc.estimate), advantage: round(result.advantage.estimate) }];
  });
  const options = attacks.nn.parameters.parse({});
  const features = (signals: ModelSignals) => posteriorFeatures(signals, options);
  const learner = networkLearner(options);
  const lesson = lessonOf(features(shadow), shadow.members, 5000, seed);
  const { scores, cut } = learner(lesson, { seed });
  const found = scores(features(target));
  const decisions = Uint8Array.from(found, (score) => (score >= cut ? 1 : 0));
  const nn = {
    auc: round(auc(found, target.members).estimate),
    advantage: round(advantage(countDecisions(decisions, target.members)).estimate),
  };
  return Object.fromEntries([...results, ['nn', nn]]) as MeasuredRun['attacks'];
}

function accuracy({ n, classes, logits, labels, members }: ModelSignals, side: 0 | 1): number {
  let [right, all] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (members[i] !== side) continue;
    all++;
    const row = logits.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
  }
  return right / all;
}

function revisionOf(name: string): string {
  return `${trainingRevision}.${defenseFromData(name).revision}`;
}

function sameCell(
  a: Pick<MeasuredRun, 'name' | 'seed' | 'options'>,
  b: Pick<MeasuredRun, 'name' | 'seed' | 'options'>,
): boolean {
  return a.name === b.name && a.seed === b.seed && JSON.stringify(a.options) === JSON.stringify(b.options);
}

function order(a: MeasuredRun, b: MeasuredRun): number {
  const [x, y] = [a, b].map(({ name, options }) => `${name} ${JSON.stringify(options)}`);
  return x < y ? -1 : x > y ? 1 : a.seed - b.seed;
}

function round(x: number): number {
  return Number(x.toPrecision(5));
}

function line({ label, seed, testAccuracy, memberAccuracy, attacks, cpuSeconds }: MeasuredRun): string {
  const { loss, nn } = attacks;
  return `${label}, seed ${seed}: members ${memberAccuracy}, test ${testAccuracy}, loss attack ${loss.advantage} (AUC ${loss.auc}), nn AUC ${nn.auc}, ${cpuSeconds} s`;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
