import { openBackend, type Backend } from '../../platform/backend/backend';
import { measureProduct } from '../../platform/backend/measure';
import type { Dataset } from '../../data/dataset';
import { requireRecords, studyDataset } from '../../data/data-file';
import { blockFromData, blockToTrain, computeOf } from '../block';
import { measurePace } from '../study-cost';
import { Store } from '../store/store';
import { trainBlock } from '../train-block';
import { throttled, workerError, type FromWorker, type SentBlock, type ToWorker } from './worker-messages';

// The parent says when to stop; a Ctrl-C in the terminal, or its end, reaches the whole process group and must not kill
// mid-write.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);
// Without a parent there is nobody to work for.
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => void answer(message));

const progressEveryMs = 100;
let backend: Backend | undefined;
let threads = 1;
let running: AbortController | undefined;
const loaded = new Map<string, Promise<Dataset>>();

async function answer(message: ToWorker): Promise<void> {
  if (message.type === 'abort') {
    running?.abort();
    return;
  }
  try {
    tell(await work(message));
  } catch (error) {
    tell({ type: 'failed', error: workerError(error), rss: rss() });
  }
}

async function work(message: Exclude<ToWorker, { type: 'abort' }>): Promise<FromWorker> {
  if (message.type === 'open') {
    threads = message.threads;
    backend = await openBackend({ threads });
    return { type: 'opened', compute: computeOf(backend), rss: rss() };
  }
  backend ??= await openBackend({ threads });
  if (message.type === 'measure') return { type: 'measured', gflops: measureProduct(backend) };
  if (message.type === 'pace') {
    const { block, budget } = message;
    const { spec, source } = block;
    const data = await dataOf(block);
    return { type: 'paced', pace: await measurePace(blockFromData(spec, source), { data, backend, budget }) };
  }
  const here = await trainOne(backend, message.block, message.store);
  return { type: 'trained', here, rss: rss() };
}

/** Each data set is loaded once a worker. */
async function dataOf({ spec, source }: SentBlock): Promise<Dataset> {
  const key = JSON.stringify(source);
  if (!loaded.has(key)) loaded.set(key, studyDataset(source));
  return requireRecords(await loaded.get(key)!, spec.data.sha256);
}

async function trainOne(opened: Backend, block: SentBlock, storeFolder: string): Promise<boolean> {
  running = new AbortController();
  try {
    return await trainBlock(blockToTrain(block.spec, block.source), {
      backend: opened,
      dataset: await dataOf(block),
      store: Store.open(storeFolder),
      signal: running.signal,
      onProgress: throttled(progressEveryMs, (progress) => tell({ type: 'progress', progress, rss: rss() })),
    });
  } finally {
    running = undefined;
  }
}

function rss(): number {
  return process.memoryUsage.rss();
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
