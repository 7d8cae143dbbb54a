import { statSync } from 'node:fs';
import { writeNpz } from '../../src/platform/formats/npz';
import { readSignals } from '../../src/signals/read-signals';
import { scaledLogits } from '../../src/signals/statistics';

// Run as a process of its own: `write FILE` makes a file of 128 models x 50,000 records x 10 classes, `read FILE
// SPILL-ABOVE` reads it, takes the scaled logits and prints the largest resident memory that this took.
const [models, n, classes] = [128, 50_000, 10];

async function write(path: string): Promise<void> {
  const logits = new Float32Array(models * n * classes);
  for (let i = 0; i < logits.length; i++) logits[i] = ((i * 2654435761) % 1000) / 100;
  await writeNpz(path, {
    logits: { shape: [models, n, classes], data: logits },
    labels: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % classes) },
    members: {
      shape: [models, n],
      data: Uint8Array.from({ length: models * n }, (_, i) => (i * 7) % 2),
      dtype: 'bool',
    },
  });
}

async function read(path: string, spillAbove: number): Promise<void> {
  const set = await readSignals(path, { spillAbove });
  const { length } = scaledLogits(set);
  const residentBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(JSON.stringify({ length, residentBytes, fileBytes: statSync(path).size }));
}

const [, , task, path, spillAbove] = process.argv;
void (task === 'write' ? write(path) : read(path, Number(spillAbove)));
