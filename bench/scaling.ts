import { existsSync, mkdtempSync, rmSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '../src/data/dataset';
import { dataset } from '../src/data/registry';
import { Pool } from '../src/experiments/executors/pool';
import { planStudy, type PlannedBlock } from '../src/experiments/plan';
import { Store } from '../src/experiments/store/store';
import { study } from '../src/experiments/study';
import { bytesOf, makespan, secondsOf } from '../src/experiments/study-cost';
import { paperGrid } from '../src/studies/paper-grid';

// The tables of docs/scaling.md. `scaling.ts measure` trains on this machine, 1 and 2 processes; `scaling.ts simulate`
// lays the plan of the paper's grid on machines, with steps as long as docs/models.md says they were.

const [task = 'simulate', ...numbers] = process.argv.slice(2);
/** Milliseconds of a step of 128 images on one core: ResNet-34, and DenseNet-121 (two steps of 64). */
const [resnet34 = 362, densenet121 = 440, besideOthers = 1] = numbers.map(Number);
const cores = 16;
/** Seconds until a task's program computes: Ray's task, Node, TensorFlow. */
const startSeconds = 4;
/** What an epoch costs beside plain training (data/results/defenses-location30.json). */
const defenseFactors: Readonly<Record<string, number>> = {
  'mixup-mmd': 2.5,
  advreg: 2.5,
  distillation: 1.9,
};

async function measure(): Promise<void> {
  const data = await dataset('location30');
  const input = {
    name: 'pace',
    methods: [{ loss: 'ce' }],
    seeds: [1, 2, 3, 4, 5, 6],
    epochs: 40,
    chunk: 1,
  } as const;
  for (const workers of [1, 2]) {
    const folder = mkdtempSync(join(tmpdir(), 'scaling-'));
    const pool = await Pool.open({ threads: 1, workers });
    const store = Store.open(folder);
    const { blocks } = planStudy(study(input), data, pool.compute);
    // Starts the processes.
    await pool.train(blocks.slice(0, workers), store);
    const start = performance.now();
    await pool.train(blocks.slice(workers), store);
    const seconds = (performance.now() - start) / 1000;
    pool.close();
    const runs = blocks.length - workers;
    const bytes = bytesBelow(join(folder, 'blocks')) / blocks.length;
    rmSync(folder, { recursive: true, force: true });
    console.log(
      `${workers} processes: ${Math.round((3600 * runs) / seconds)} runs an hour, ` +
        `${((seconds * workers) / runs).toFixed(2)} s a run and process, ${(bytes / 1e6).toFixed(1)} MB a run`,
    );
  }
}

function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) =>
      entry.isDirectory() ? bytesBelow(join(folder, entry.name)) : statSync(join(folder, entry.name)).size,
    )
    .reduce((sum, size) => sum + size, 0);
}

/** Of the size of CIFAR, for plans: nothing is read from it. */
function standIn(name: 'cifar10' | 'cifar100'): Dataset {
  const [records, features, classes] = [60_000, 3072, name === 'cifar10' ? 10 : 100];
  return {
    ...{ name, title: name, synthetic: true, records, features, classes },
    x: new Uint8Array(records * features),
    y: Int32Array.from({ length: records }, (_, i) => i % classes),
    image: { height: 32, width: 32, channels: 3 },
    ...{ sha256: '0'.repeat(64), source: '', license: '', citation: '' },
  };
}

interface Work {
  readonly blocks: readonly PlannedBlock[];
  readonly seconds: ReadonlyMap<string, number>;
  readonly bytes: number;
}

function work(name: 'cifar10' | 'cifar100', ms: number): Work {
  const compute = { name: 'native', version: '2.21.0', threads: 1, gpu: false } as const;
  const data = standIn(name);
  const { blocks } = planStudy(study(paperGrid(name)), data, compute);
  const step = { estimate: ms, low: ms, high: ms };
  const cost = (block: PlannedBlock): { seconds: number; bytes: number } => {
    const { defense, recipe } = block.spec;
    const share = defense.name === 'early-stopping' ? Number(defense.options.epoch) / recipe.epochs : 1;
    const factor = block.spec.part === null ? (defenseFactors[defense.name] ?? 1) : 1;
    const plain = secondsOf(block, data, { step, between: null, steps: 0 }).estimate;
    return { seconds: startSeconds + plain * factor * share * besideOthers, bytes: bytesOf(block, data) };
  };
  // Blocks that differ in seed or model cost the same, and dealing records again takes long.
  const known = new Map<string, ReturnType<typeof cost>>();
  const costs = blocks.map((block) => {
    const { defense, part } = block.spec;
    const kind = JSON.stringify([defense, part]);
    const found = known.get(kind) ?? cost(block);
    known.set(kind, found);
    return [block.id, found] as const;
  });
  return {
    blocks,
    seconds: new Map(costs.map(([id, { seconds }]) => [id, seconds])),
    bytes: costs.reduce((sum, [, { bytes }]) => sum + bytes, 0),
  };
}

function simulate(): void {
  const parts = [work('cifar10', resnet34), work('cifar100', densenet121)];
  const blocks = parts.flatMap((part) => part.blocks);
  const seconds = new Map(parts.flatMap((part) => [...part.seconds]));
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const total = [...seconds.values()].reduce((sum, n) => sum + n, 0);
  const longest = Math.max(...seconds.values());
  console.log(
    `${blocks.length} blocks, ${Math.round(total / 3600)} core hours (${(total / blocks.length / 3600).toFixed(1)} a block, ` +
      `${(longest / 3600).toFixed(1)} the longest), ${(bytes / 1e9).toFixed(1)} GB (${(bytes / blocks.length / 1e6).toFixed(0)} MB a block)`,
  );
  // The plan's order is what executors follow; with the longest first less is idle at the end.
  const sorted = [...blocks].sort((a, b) => seconds.get(b.id)! - seconds.get(a.id)!);
  for (const [order, list] of [
    ['plan', blocks],
    ['longest first', sorted],
  ] as const) {
    for (const machines of [1, 10, 100]) {
      const slots = machines * cores;
      const end = makespan(list, ({ id }) => seconds.get(id)!, slots);
      console.log(
        `${order}, ${machines} machines of ${cores} cores: ${(end / 86400).toFixed(1)} days (${(end / 3600).toFixed(0)} h), ` +
          `${Math.round((100 * total) / (end * slots))} % used, store ${(bytes / end / 1e6).toFixed(2)} MB/s`,
      );
    }
  }
}

void (task === 'measure' ? measure() : Promise.resolve(simulate()));
