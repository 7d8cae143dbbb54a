import { performance } from 'node:perf_hooks';
import type { Dataset } from '../../data/dataset';
import { studyDataset } from '../../data/data-file';
import { unknownName } from '../../options';
import { isPacked } from '../../paths';
import { openBackend } from '../../platform/backend/backend';
import type { ComputeEnvironment } from '../block';
import { type Plan, planStudy } from '../plan';
import type { Study } from '../study';
import { type Executor, LocalExecutor } from './executor';
import { Pool } from './pool';
import { openRayExecutor } from './ray/ray-executor';
import { WorkerProcess } from './worker-process';

export const executorNames = ['local', 'pool', 'ray'] as const;
export type ExecutorName = (typeof executorNames)[number];

/** Where the blocks of a study are trained. */
export interface ExecutorChoice {
  /**
   * `local`: in this process; `pool`: in child processes (default in a clone; the package of npm has no program for
   * them, so `local` is its default); `ray`: on a Ray cluster.
   */
  readonly executor?: ExecutorName;
  /** Of the pool: processes at most; default as many as the cores allow with the study's threads. */
  readonly workers?: number;
  /** Of the pool: bytes that all processes may take together; default 80 % of the memory. */
  readonly memory?: number;
  /** Of Ray: address of the head; default `auto`, the cluster that runs on this machine. */
  readonly address?: string;
  /** Of Ray: GPUs that each block takes, parts allowed; default 0. */
  readonly gpus?: number;
  /** Of Ray: whether all nodes see the store under the same path; default true. */
  readonly sharedStore?: boolean;
}

/**
 * Opens an executor; the same blocks have the same bits in each.
 *
 * @throws UserError for an unknown one, or a cluster that cannot be reached
 */
export async function openExecutor(
  {
    executor = isPacked ? 'local' : 'pool',
    workers,
    memory,
    address = 'auto',
    gpus,
    sharedStore,
  }: ExecutorChoice,
  threads: number,
  dataset: Dataset,
): Promise<Executor> {
  switch (executor) {
    case 'local':
      return new LocalExecutor(await openBackend({ threads }), dataset);
    case 'pool':
      return Pool.open({ threads, workers, memory });
    case 'ray':
      return openRayExecutor({ address, threads, gpus, sharedStore });
    default:
      throw unknownName('executor', String(executor), executorNames);
  }
}

/** A plan of this machine. */
export interface LocalPlan {
  readonly plan: Plan;
  readonly data: Dataset;
  readonly compute: ComputeEnvironment;
  /** A process that is ready to compute. */
  readonly worker: WorkerProcess;
  /** Seconds that it took to start. */
  readonly startSeconds: number;
}

/**
 * What a study trains on this machine, asked of a worker process, which ends with the work.
 *
 * @throws UserError as `planStudy`, or for data that are not there
 */
export async function withLocalPlan<T>(study: Study, work: (local: LocalPlan) => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const worker = new WorkerProcess();
  try {
    const [data, compute] = await Promise.all([studyDataset(study.data), worker.open(study.threads)]);
    const startSeconds = (performance.now() - start) / 1000;
    return await work({ plan: planStudy(study, data, compute), data, compute, worker, startSeconds });
  } finally {
    worker.close();
  }
}
