import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend } from '../../backend/backend';
import { dataset } from '../../data/registry';
import { UserError } from '../../errors';
import type { PlannedBlock } from '../plan';
import { Store } from '../store';
import { trainBlock } from '../train-block';
import { TrainingDiverged } from '../../training/diverged';
import { packBlock, unpackBlock, type PackedBlock } from './packed-block';

/** What driver.py asks of this program. */
type Request =
  | { readonly describe: number }
  | {
      readonly block: PlannedBlock;
      /** The shared store, or null: then files come in and go out. */
      readonly store: string | null;
      readonly needed: readonly PackedBlock[];
    };

/** Exit status of an error that another try would give again. */
const knownError = 3;

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(0, 'utf8')) as Request;
  if ('describe' in request) {
    const { name, version, threads, gpu } = await openBackend({ threads: request.describe });
    say({ name, version, threads, gpu });
    return;
  }
  const { block, store, needed } = request;
  if (store !== null) {
    await train(block, Store.open(store));
    say({ files: null });
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'ccl-block-'));
  try {
    const own = Store.open(folder);
    needed.forEach((packed) => unpackBlock(own, packed));
    await train(block, own);
    say({ files: packBlock(own, block.id) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function train({ spec }: PlannedBlock, store: Store): Promise<void> {
  const backend = await openBackend({ threads: spec.compute.threads });
  await trainBlock(spec, { backend, dataset: await dataset(spec.data.name), store });
}

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

main().catch((error: unknown) => {
  if (error instanceof UserError || error instanceof TrainingDiverged) {
    process.stdout.write(`${error.message.replace(/\n/g, ' ')}\n`);
    process.exit(knownError);
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
