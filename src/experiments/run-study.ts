import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset';
import { studyDataset } from '../data/data-file';
import { UserError } from '../errors';
import { removeQuietly, writeFileWhole } from '../platform/formats/write-file';
import { runningCell } from '../running-cell';
import { analyze, fileFacts } from './analyze';
import { attackBehavior } from './behavior/attack-behavior';
import { isOwnDefense } from './behavior/behavior';
import { blockId, type ComputeEnvironment } from './block';
import { type Executor, type ExecutorEvents, missingBlocks } from './executors/executor';
import { type ExecutorChoice, openExecutor } from './executors/open-executor';
import { madeBy } from './made';
import { keptResult, modelsDigest } from './store/results';
import { type Plan, type PlannedBlock, type PlannedRun, planStudy } from './plan';
import { cellProgress, type StudyProgressPlan } from './progress';
import type { Store } from './store/store';
import type { Study } from './study';
import type { StudyDefense } from './study-defenses';
import type { StudyResult } from './study-result';

export interface RunStudyOptions extends ExecutorChoice {
  readonly store: Store;
  /** The command that reproduces the result, for report and captions; default this call. */
  readonly command?: string;
  /** Default: the signal of the running notebook cell, if there is one. */
  readonly signal?: AbortSignal;
  /** Told once, before anything is trained. */
  readonly onPlan?: (plan: StudyProgressPlan) => void;
  /** Default: a line of progress in the running notebook cell, if there is one. */
  readonly events?: ExecutorEvents;
  /** Told the result of each defense of each seed as soon as its blocks are there, while the others still train. */
  readonly onUnit?: (result: StudyResult) => void;
}

/**
 * Trains what the store lacks, attacks every target with its own shadow models, and sums up.
 * The same study and store give the same result, however often it was interrupted on the way, and with every executor.
 *
 * @throws UserError for bad input or a store that cannot be written, Interrupted when the signal aborts, BlocksFailed if
 *   blocks could not be trained (the others are kept)
 *
 * @example
 * ```ts
 * import { openStore, runStudy, study } from 'ccl-lab';
 *
 * const sizes = { seeds: [1], hidden: [8], epochs: 1, milestones: [], attacks: ['loss' as const] };
 * const result = await runStudy(study({ name: 'small', methods: [{ loss: 'ce' }], ...sizes }), {
 *   ...{ store: openStore('out'), executor: 'local' as const },
 * });
 * console.log(result.defenses[0].runs.length); // prints 1
 * ```
 */
export async function runStudy(study: Study, options: RunStudyOptions): Promise<StudyResult> {
  const { store, command = callOf(study) } = options;
  return withPlan(study, options, undefined, async (planned, executor, { signal, events = {} }) => {
    const { blocks, missing } = planned;
    const foreign = await trainTelling(planned, executor, { study, options, signal, events });
    const trained = missing.length - foreign;
    const counts = { trained, reused: blocks.length - trained };
    const result = await studyResult({ ...planned, study, store });
    return { ...result, command, blocks: counts, made: madeBy(study) };
  });
}

/** What reproduces a study of a program or a cell, which has no command. */
function callOf({ name }: Study): string {
  return `await runStudy(study({ name: ${JSON.stringify(name)}, … }), { store })`;
}

/** One defense of one seed. */
export interface StudyUnit {
  readonly defense: StudyDefense;
  readonly seed: number;
}

/**
 * The same for some defenses and seeds, each told to `onUnit` alone.
 *
 * @throws what `runStudy` throws; units that were told before are done
 */
export async function runUnits(
  study: Study,
  units: readonly StudyUnit[],
  options: RunStudyOptions & Required<Pick<RunStudyOptions, 'onUnit'>>,
): Promise<void> {
  await withPlan(study, options, units, (planned, executor, { signal, events = {} }) =>
    trainTelling(planned, executor, { study, options, signal, events }),
  );
}

interface Telling extends Pick<RunStudyOptions, 'signal'> {
  readonly study: Study;
  readonly options: RunStudyOptions;
  readonly events: ExecutorEvents;
}

/** Trains the missing blocks; tells `onUnit` of each run that is complete. Returns how many blocks came from elsewhere. */
async function trainTelling(
  { plan, missing, data, compute }: PlannedStudy,
  executor: Executor,
  { study, options, signal, events }: Telling,
): Promise<number> {
  const { store, onUnit, command = callOf(study) } = options;
  const foreign = { blocks: 0 };
  const open = new Set(missing.map(({ id }) => id));
  const waiting = new Map(onUnit === undefined ? [] : plan.runs.map((run) => [run, blocksOf(run, plan)]));
  let summing = Promise.resolve();
  const sumUpReady = (): void => {
    for (const [run, blocks] of waiting) {
      if (blocks.some((id) => open.has(id))) continue;
      waiting.delete(run);
      const { defense, seed } = run;
      const unit = { ...study, defenses: [defense], seeds: [seed] };
      const trained = blocks.filter((id) => missing.some((block) => block.id === id)).length;
      const facts = { command, blocks: { trained, reused: blocks.length - trained } };
      summing = summing.then(async () =>
        onUnit?.(await analyze({ study: unit, dataset: data, compute, runs: [run], store, ...facts })),
      );
      // Whoever waits for it hears of a failure.
      summing.catch(() => undefined);
    }
  };
  sumUpReady();
  const watched: ExecutorEvents = {
    ...events,
    onFinish(block, place, here) {
      events.onFinish?.(block, place, here);
      open.delete(block.id);
      sumUpReady();
    },
  };
  try {
    await executor.train(missing, store, { signal, events: withFailureLog(watched, store, foreign) });
  } finally {
    await summing;
  }
  return foreign.blocks;
}

/** Ids of the blocks that hold a run's models, and of their teachers. */
function blocksOf({ targets, shadows }: PlannedRun, { blocks }: Plan): string[] {
  const own = new Set([...targets, ...shadows].map(({ block }) => blockId(block)));
  return blocks.filter(({ id }) => own.has(id)).flatMap(({ id, needs }) => [id, ...needs]);
}

interface PlannedStudy {
  readonly data: Dataset;
  readonly compute: ComputeEnvironment;
  readonly plan: Plan;
  readonly blocks: readonly PlannedBlock[];
  readonly missing: readonly PlannedBlock[];
}

/** Data, executor and plan of a study, or of some units of it, for as long as the work lasts. */
async function withPlan<T>(
  study: Study,
  options: RunStudyOptions,
  units: readonly StudyUnit[] | undefined,
  work: (
    planned: PlannedStudy,
    executor: Executor,
    watch: Pick<RunStudyOptions, 'signal' | 'events'>,
  ) => Promise<T>,
): Promise<T> {
  const cell = runningCell();
  const shown = cell === undefined || options.events !== undefined ? undefined : cellProgress(cell);
  const { store, signal = cell?.signal, events = shown?.events, onPlan = shown?.onPlan } = options;
  const data = await studyDataset(study.data);
  const executor = await openExecutor(executorFor(study, options), study.threads, data);
  const wanted = (defense: StudyDefense, seed: number): boolean =>
    units === undefined || units.some((unit) => unit.defense.key === defense.key && unit.seed === seed);
  try {
    const { compute } = executor;
    const plan = planStudy(study, data, compute, wanted);
    const missing = missingIn(plan, store);
    onPlan?.({ blocks: plan.blocks, missing });
    return await work({ data, compute, plan, blocks: plan.blocks, missing }, executor, { signal, events });
  } finally {
    await executor.close();
  }
}

/**
 * Defenses that exist in this process alone are trained in it.
 *
 * @throws UserError if another executor is asked for
 */
function executorFor({ defenses }: Study, options: RunStudyOptions): RunStudyOptions {
  const own = defenses.find(({ defense }) => isOwnDefense(defense));
  if (own === undefined) return options;
  const { executor = 'local' } = options;
  if (executor === 'local') return { ...options, executor };
  throw new UserError(
    `${own.label} is an object of this program, which no other process has, so the executor ${executor} cannot train it. ` +
      "Use executor 'local', or give it a file and a line in the registry (docs/add-a-defense.md).",
  );
}

/** The blocks of a plan that must be trained. */
export function missingIn(plan: Plan, store: Store): PlannedBlock[] {
  const there = wholeIn(plan, store);
  return missingBlocks(plan.blocks, ({ id }) => there.has(id));
}

/** Ids of the blocks of a plan that are in the store, whole. */
export function wholeIn({ blocks }: Plan, store: Store): ReadonlySet<string> {
  const ids = blocks.map(({ id }) => id);
  const there = store.hasAll(ids);
  return new Set(ids.filter((_, i) => there[i]));
}

/** A summary with more losses than this is not kept: reading them takes as long as summing up. */
const mostKeptLosses = 2_000_000;

/**
 * The result of a study whose blocks are all in the store; kept there, so that the same blocks are summed up once.
 *
 * @throws UserError if a block is missing
 */
export async function studyResult(of: {
  readonly study: Study;
  readonly data: Dataset;
  readonly plan: Plan;
  readonly store: Store;
  readonly compute: ComputeEnvironment;
}): Promise<StudyResult> {
  const { study, data, plan, store, compute } = of;
  const none = { command: '', blocks: { trained: 0, reused: 0 } };
  const summed = (): Promise<StudyResult> =>
    analyze({ study, dataset: data, compute, runs: plan.runs, store, ...none });
  if (plan.runs.length * data.records > mostKeptLosses) return summed();
  const models = [`study ${modelsDigest(plan.blocks.map(({ id }) => id))}`];
  // Where a file lies is no part of what was found out; what its classes are called stands in the result.
  const named =
    typeof study.data === 'string' ? study.data : { name: data.name, facts: fileFacts(study, data) };
  const attacks = study.attacks.map(({ key, name, options }) => ({ key, name, options }));
  const behavior = modelsDigest(study.attacks.map(({ attack }) => attackBehavior(attack)));
  const from = { kind: 'study', models, options: { ...study, data: named, attacks }, behavior };
  return keptResult(store, from, summed);
}

/** Keeps a log of failures, and counts blocks that other processes trained. */
function withFailureLog(events: ExecutorEvents, store: Store, foreign: { blocks: number }): ExecutorEvents {
  return {
    ...events,
    onFinish(block, place, here = true) {
      forgetFailure(store, block.id);
      if (!here) foreign.blocks++;
      events.onFinish?.(block, place, here);
    },
    onFail(block, place, error) {
      writeFailure(store, block, error);
      events.onFail?.(block, place, error);
    },
  };
}

/** The last failure of a block that is not in the store. */
export interface BlockFailure {
  readonly title: string;
  readonly message: string;
  /** Stack of the error, or the last lines that a process wrote before it died. */
  readonly log: string;
}

/** Keeps what went wrong with a block until it is trained; if that cannot be written, the error is told all the same. */
export function writeFailure(store: Store, { id, title }: PlannedBlock, error: Error): void {
  if (store.isReadOnly) return;
  const failure: BlockFailure = { title, message: error.message, log: error.stack ?? error.message };
  try {
    writeFileWhole(failureFile(store, id), `${JSON.stringify(failure)}\n`);
  } catch {
    // Only a note.
  }
}

/** Null if the last attempt at the block did not fail. */
export function readFailure(store: Store, id: string): BlockFailure | null {
  try {
    return JSON.parse(readFileSync(failureFile(store, id), 'utf8')) as BlockFailure;
  } catch {
    return null;
  }
}

export function forgetFailure(store: Store, id: string): void {
  if (!store.isReadOnly) removeQuietly(failureFile(store, id));
}

/** Where the log of a failed block lies. */
export function failureFile(store: Store, id: string): string {
  return join(store.folder, 'failures', `${id}.json`);
}
