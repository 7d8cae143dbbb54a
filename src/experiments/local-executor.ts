import type { Backend } from '../backend/backend';
import type { Dataset } from '../data/dataset';
import { Interrupted } from '../errors';
import type { ComputeEnvironment } from './block';
import type { Executor, ExecutorOptions } from './executor';
import type { PlannedBlock } from './plan';
import type { Store } from './store';
import { trainBlock } from './train-block';

/** Trains blocks in this process, one after the other. */
export class LocalExecutor implements Executor {
  readonly name = 'local';
  readonly compute: ComputeEnvironment;

  /** @param dataset that of the blocks */
  constructor(
    private readonly backend: Backend,
    private readonly dataset: Dataset,
  ) {
    const { name, version, threads, gpu } = backend;
    this.compute = { name, version, threads, gpu };
  }

  async train(
    blocks: readonly PlannedBlock[],
    store: Store,
    { signal, events = {} }: ExecutorOptions = {},
  ): Promise<void> {
    for (const block of blocks) {
      if (signal?.aborted) throw new Interrupted('Interrupted. Finished runs are kept.');
      events.onStart?.(block, 0);
      await trainBlock(block.spec, {
        backend: this.backend,
        dataset: this.dataset,
        store,
        signal,
        onProgress: (progress) => events.onProgress?.(block, 0, progress),
      });
      events.onFinish?.(block, 0);
    }
  }

  close(): void {
    // Nothing is open but the backend, which belongs to the process.
  }
}
