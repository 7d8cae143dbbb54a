import { openBackend } from '../../platform/backend/backend';
import type { Dataset } from '../../data/dataset';
import { unknownName } from '../../options';
import type { Executor } from './executor';
import { LocalExecutor } from './local';
import { Pool } from './pool';
import { openRayExecutor } from './ray/ray-executor';

export const executorNames = ['local', 'pool', 'ray'] as const;
export type ExecutorName = (typeof executorNames)[number];

/** Where the blocks of a study are trained. */
export interface ExecutorChoice {
  /** `local`: in this process; `pool`: in child processes (default); `ray`: on a Ray cluster. */
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
  { executor = 'pool', workers, memory, address = 'auto', gpus, sharedStore }: ExecutorChoice,
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
