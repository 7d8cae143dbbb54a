import type { Backend } from '../../platform/backend/backend';
import type { Dataset } from '../../data/dataset';
import { computeOf, type ComputeEnvironment } from '../block';
import type { PlannedBlock } from '../plan';
import type { Store } from '../store/store';
import { trainBlock } from '../train-block';
import { type Executor, type ExecutorOptions, Work } from './executor';

/** Trains blocks in this process, one after the other. */
export class LocalExecutor implements Executor {
  readonly name = 'local';
  readonly compute: ComputeEnvironment;

  /** @param dataset that of the blocks */
  constructor(
    private readonly backend: Backend,
    private readonly dataset: Dataset,
  ) {
    this.compute = computeOf(backend);
  }

  async train(
    blocks: readonly PlannedBlock[],
    store: Store,
    { signal, events }: ExecutorOptions = {},
  ): Promise<void> {
    const { backend, dataset } = this;
    const work = new Work(blocks, events, ({ id }) => store.isClaimed(id));
    for (let block = work.take(); block !== undefined && !signal?.aborted; block = work.take()) {
      const current = block;
      work.start(current, 0);
      try {
        const onProgress: Parameters<typeof trainBlock>[1]['onProgress'] = (progress) =>
          work.progress(current, 0, progress);
        work.finish(current, 0, await trainBlock(current, { backend, dataset, store, signal, onProgress }));
      } catch (error) {
        work.fail(current, 0, error);
      }
    }
    work.settle(signal);
  }

  close(): void {
    // Nothing is open but the backend, which belongs to the process.
  }
}
