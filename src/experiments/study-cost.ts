import type { Dataset } from '../data/dataset';
import { modelFromData } from '../models/registry';
import { lastEpoch } from '../training/recipe';
import { defendedNetwork } from '../training/train';
import { canonicalJson, type Block } from './block';
import { blockData } from './block-data';
import type { PlannedBlock } from './plan';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Backend } from '../platform/backend/backend';
import { Interrupted } from '../errors';
import { quantile } from '../platform/math/quantile';
import type { TrainingProgress } from '../training/task';
import { Store } from './store/store';
import { trainBlock } from './train-block';

/** Blocks that cost alike: one network, one defense, one kind of recipe. */
export interface CostKind {
  readonly title: string;
  readonly blocks: number;
  readonly models: number;
  /** Seconds a block. */
  readonly seconds: Estimate;
  /** Steps that were measured. */
  readonly steps: number;
}

export interface StudyCost {
  readonly kinds: readonly CostKind[];
  /** Seconds until all is trained. */
  readonly seconds: Estimate;
  /** Bytes on the disk. */
  readonly bytes: number;
  readonly workers: number;
}

export interface CostInput {
  readonly blocks: readonly PlannedBlock[];
  readonly data: Dataset;
  readonly workers: number;
  /** Seconds until a worker is ready. */
  readonly startSeconds: number;
  /** Trains a block for a moment and says how fast that went. */
  readonly measure: (block: Block) => Promise<Pace>;
}

/** Other processes share the memory's bandwidth: how much slower a step may get beside them. */
const besideOthers = 1.5;

/**
 * What training these blocks will cost. One block of each kind is trained for a moment,
 * and the time of its steps and evaluations is carried over to the whole; a block that needs others counts with the steps
 * of the blocks that it needs. The range comes from the spread of the steps, and from what processes side by side take
 * from each other.
 */
export async function studyCost({
  blocks,
  data,
  workers,
  startSeconds,
  measure,
}: CostInput): Promise<StudyCost> {
  const kinds = new Map<string, PlannedBlock[]>();
  for (const block of blocks) kinds.set(kindOf(block), [...(kinds.get(kindOf(block)) ?? []), block]);
  const measured = new Map<string, CostKind>();
  for (const [kind, [first, ...others]] of kinds) {
    const probe =
      first.needs.length === 0 ? first : (blocks.find(({ id }) => id === first.needs[0]) ?? asTeacher(first));
    const pace = await measure(probe);
    const all = [first, ...others];
    measured.set(kind, {
      title: first.title,
      blocks: all.length,
      models: all.reduce((sum, { spec }) => sum + spec.models.length, 0),
      seconds: secondsOf(first, data, pace),
      steps: pace.steps,
    });
  }
  const seconds = (pick: keyof Estimate, factor: number): number =>
    startSeconds + makespan(blocks, (block) => measured.get(kindOf(block))!.seconds[pick] * factor, workers);
  return {
    kinds: [...measured.values()],
    seconds: {
      estimate: seconds('estimate', workers > 1 ? Math.sqrt(besideOthers) : 1),
      low: seconds('low', 1),
      high: seconds('high', workers > 1 ? besideOthers : 1.2),
    },
    bytes: blocks.reduce((sum, block) => sum + bytesOf(block, data), 0),
    workers,
  };
}

/** Without teachers in a store, a block is measured by its first one. */
function asTeacher(block: PlannedBlock): PlannedBlock {
  return { ...block, spec: { ...block.spec, part: 0 }, needs: [] };
}

function kindOf({ spec }: PlannedBlock): string {
  const { model, defense, augmentation, split, recipe, models, part } = spec;
  const { epochs, batchSize, optimizer, ema, gradientClip, evaluateEvery, stopAfter } = recipe;
  const settings = { epochs, batchSize, optimizer, ema, gradientClip, evaluateEvery, stopAfter };
  return canonicalJson([
    model,
    defense.name,
    augmentation,
    split.name,
    settings,
    models.length,
    part !== null,
  ]);
}

/** Reading forward through a network takes about a third of a training step on as many records. */
const forwardShare = 1 / 3;

/** Seconds of a block with such a pace, its teachers not counted. */
export function secondsOf({ spec }: PlannedBlock, data: Dataset, { step, between }: Pace): Estimate {
  const records = blockData(spec, data).recordsOf(spec.models[0]);
  const { batchSize, evaluateEvery } = spec.recipe;
  const epochs = lastEpoch(spec.recipe);
  const steps = epochs * Math.ceil(records.members.length / batchSize);
  const batches = (records.members.length + records.nonMembers.length) / batchSize;
  const of = (ms: number): number => {
    const gap = (between ?? (batches * forwardShare * ms) / Math.min(epochs, evaluateEvery)) * epochs;
    return (steps * ms + gap + batches * forwardShare * ms) / 1000;
  };
  return { estimate: of(step.estimate), low: of(step.low), high: of(step.high) };
}

/** Weights, outputs and losses as they are kept; they hardly shrink when packed. */
export function bytesOf({ spec, defense }: PlannedBlock, data: Dataset): number {
  const network = defendedNetwork({ network: modelFromData(spec.model), defense });
  const weights = [...network.parameters, ...network.buffers].reduce(
    (sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1),
    0,
  );
  const { members, nonMembers, elsewhere } = blockData(spec, data).recordsOf(spec.models[0]);
  const own = members.length + nonMembers.length;
  const evaluated = spec.part === null ? Math.ceil(lastEpoch(spec.recipe) / spec.recipe.evaluateEvery) : 0;
  const outputs = (own + elsewhere.length) * (4 * network.classes + 16) + evaluated * own * 8;
  return spec.models.length * (4 * weights + outputs) + 4096;
}

/** Seconds until the last block ends, if workers take ready blocks in the order of the plan. */
export function makespan(
  blocks: readonly PlannedBlock[],
  secondsFor: (block: PlannedBlock) => number,
  workers: number,
): number {
  const waiting = [...blocks];
  const open = new Set(blocks.map(({ id }) => id));
  const running: { block: PlannedBlock; end: number }[] = [];
  let now = 0;
  while (waiting.length > 0 || running.length > 0) {
    const next =
      running.length < workers ? waiting.findIndex(({ needs }) => !needs.some((id) => open.has(id))) : -1;
    if (next >= 0) {
      const [block] = waiting.splice(next, 1);
      running.push({ block, end: now + secondsFor(block) });
      continue;
    }
    running.sort((a, b) => a.end - b.end);
    const { block, end } = running.shift()!;
    now = end;
    open.delete(block.id);
  }
  return now;
}

/** What a block costs: an estimate with a range that holds most of what a machine does from one minute to the next. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** How fast a block trains; milliseconds. */
export interface Pace {
  readonly step: Estimate;
  /** From the last step of an epoch to the first of the next: evaluation and checkpoint; null if no epoch ended. */
  readonly between: number | null;
  readonly steps: number;
}

/**
 * Trains a block for a while in a folder that is removed.
 *
 * @param budget milliseconds
 */
export async function measurePace(
  block: Block,
  {
    data,
    backend,
    budget,
    signal,
  }: { data: Dataset; backend: Backend; budget: number; signal?: AbortSignal },
): Promise<Pace> {
  const folder = mkdtempSync(join(tmpdir(), 'ccl-measure-'));
  const stop = new AbortController();
  const forward = (): void => stop.abort();
  signal?.addEventListener('abort', forward);
  const seen: { at: number; epoch: number }[] = [];
  const onProgress = ({ epoch }: TrainingProgress): void => {
    seen.push({ at: performance.now(), epoch });
    if (seen.length > 3 && seen[seen.length - 1].at - seen[0].at > budget) stop.abort();
  };
  try {
    await trainBlock(block, {
      backend,
      dataset: data,
      store: Store.open(folder),
      signal: stop.signal,
      onProgress,
    });
  } catch (error) {
    if (!(error instanceof Interrupted) || signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', forward);
    rmSync(folder, { recursive: true, force: true });
  }
  const gaps = seen
    .slice(1)
    .map(({ at, epoch }, i) => ({ ms: at - seen[i].at, isWithin: epoch === seen[i].epoch }));
  const within = gaps.filter(({ isWithin }) => isWithin).map(({ ms }) => ms);
  const across = gaps.filter(({ isWithin }) => !isWithin).map(({ ms }) => ms);
  const steps = within.length > 0 ? within : [budget];
  const at = (p: number): number => quantile(steps, p);
  const step = { estimate: at(0.5), low: at(0.25), high: at(0.9) };
  return {
    step,
    between: across.length === 0 ? null : Math.max(0, quantile(across, 0.5) - step.estimate),
    steps: within.length,
  };
}
