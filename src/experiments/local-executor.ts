import type { Backend } from '../backend/backend';
import type { Dataset } from '../data/dataset';
import { Interrupted } from '../errors';
import { computeOf, type ComputeEnvironment } from './block';
import { BlocksFailed, endsEverything, type FailedBlock } from './block-failures';
import type { Executor, ExecutorOptions } from './executor';
import type { PlannedBlock } from './plan';
import { ReadyQueue } from './ready-queue';
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
    this.compute = computeOf(backend);
  }

  async train(
    blocks: readonly PlannedBlock[],
    store: Store,
    { signal, events = {} }: ExecutorOptions = {},
  ): Promise<void> {
    const { backend, dataset } = this;
    const queue = new ReadyQueue(blocks, ({ id }) => store.isClaimed(id));
    const failed: FailedBlock[] = [];
    let skipped = 0;
    for (let block = await queue.next(); block !== undefined; block = await queue.next()) {
      if (signal?.aborted) throw new Interrupted('Interrupted. Finished runs are kept.');
      const current = block;
      events.onStart?.(current, 0);
      try {
        const onProgress: Parameters<typeof trainBlock>[1]['onProgress'] = (progress) =>
          events.onProgress?.(current, 0, progress);
        const here = await trainBlock(current.spec, { backend, dataset, store, signal, onProgress });
        queue.finish(current);
        events.onFinish?.(current, 0, here);
      } catch (error) {
        if (endsEverything(error) || !(error instanceof Error)) throw error;
        failed.push({ block: current, error });
        events.onFail?.(current, 0, error);
        skipped += queue.fail(current);
      }
    }
    if (failed.length > 0) throw new BlocksFailed(failed, skipped);
  }

  close(): void {
    // Nothing is open but the backend, which belongs to the process.
  }
}
