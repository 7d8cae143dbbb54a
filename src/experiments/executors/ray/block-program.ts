import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openBackend } from '../../../platform/backend/backend';
import { requireRecords, studyDataset } from '../../../data/data-file';
import { UserError } from '../../../errors';
import type { TrainingProgress } from '../../../training/task';
import { blockToTrain, computeOf, type ComputeEnvironment } from '../../block';
import { Store } from '../../store/store';
import { trainBlock } from '../../train-block';
import { type SentBlock, throttled, workerError, type WorkerError } from '../worker-messages';

/** What driver.py asks of this program, in one line on standard input. */
type Request =
  | { readonly describe: number }
  | {
      readonly block: SentBlock;
      readonly store: string;
      /** Whether the store is a folder for this block alone, which goes with this program. */
      readonly ownStore: boolean;
    };

/** What it says, a line each; one answer, last. */
type Answer =
  | { readonly progress: TrainingProgress }
  | { readonly error: WorkerError }
  | ComputeEnvironment
  | Record<string, never>;

const progressEveryMs = 500;

// Without the task on the other side nobody waits for this block; the next try goes on from its checkpoint.
const input = createInterface({ input: process.stdin });
let leftovers: string | undefined;
input.once('line', (line) => void answer(JSON.parse(line) as Request));
input.once('close', () => {
  if (leftovers !== undefined) rmSync(leftovers, { recursive: true, force: true });
  process.exit(1);
});

async function answer(request: Request): Promise<void> {
  try {
    await say(await work(request));
  } catch (error) {
    await say({ error: workerError(error) });
  }
  process.exit(0);
}

async function work(request: Request): Promise<Answer> {
  if ('describe' in request) return computeOf(await openBackend({ threads: request.describe }));
  const { store, ownStore } = request;
  const { spec, source } = request.block;
  if (ownStore) leftovers = store;
  const backend = await openBackend({ threads: spec.compute.threads });
  checkCompute(spec.compute, computeOf(backend));
  await trainBlock(blockToTrain(spec, source), {
    backend,
    dataset: requireRecords(await studyDataset(source), spec.data.sha256),
    store: Store.open(store),
    onProgress: throttled(progressEveryMs, (progress) => void say({ progress })),
  });
  return {};
}

/** Another library would give other bits under the same name. */
function checkCompute(wanted: ComputeEnvironment, here: ComputeEnvironment): void {
  const differing = (Object.keys(wanted) as (keyof ComputeEnvironment)[]).filter(
    (key) => wanted[key] !== here[key],
  );
  if (differing.length === 0) return;
  const list = differing.map((key) => `${key} is ${String(here[key])} instead of ${String(wanted[key])}`);
  throw new UserError(
    `A node of the cluster does not compute like the one that was asked first: ${list.join(', ')}. ` +
      'Set up all nodes alike (npm run setup), or take this one out of the cluster.',
  );
}

function say(what: Answer): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(what)}\n`, () => resolve()));
}
