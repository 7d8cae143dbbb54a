import { performance } from 'node:perf_hooks';
import type { Dataset } from '../data/dataset';
import { dataset } from '../data/registry';
import type { ComputeEnvironment } from './block';
import { planStudy, type Plan } from './plan';
import type { Study } from './study';
import { WorkerProcess } from './executors/worker-process';

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
    const [data, compute] = await Promise.all([dataset(study.data), worker.open(study.threads)]);
    const startSeconds = (performance.now() - start) / 1000;
    return await work({ plan: planStudy(study, data, compute), data, compute, worker, startSeconds });
  } finally {
    worker.close();
  }
}
