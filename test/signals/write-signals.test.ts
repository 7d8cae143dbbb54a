import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { readSignals } from '../../src/signals/read-signals';
import type { SignalSet } from '../../src/signals/signal-set';
import { writeSignals } from '../../src/signals/write-signals';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-write-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const numbers = (length: number, seed: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin((i + 1) * (seed + 1)) * 6);

function sample(models: number, n: number, k: number, seed: number): SignalSet {
  return memorySignalSet({
    logits: seed % 2 ? numbers(models * n * k, seed) : Float32Array.from(numbers(models * n * k, seed)),
    labels: Array.from({ length: n }, (_, i) => i % k),
    members: Array.from({ length: models }, (_, m) => Array.from({ length: n }, (_, i) => (i + m) % 2)),
    augmented: { copies: 2, logits: numbers(models * n * 2 * k, seed + 1) },
    population: { labels: [1, 0], logits: numbers(models * 2 * k, seed + 2) },
    gradientNorms: { kinds: 2, values: numbers(n * 2, seed + 3) },
    trajectory: { epochs: 2, logits: numbers(n * 2 * k, seed + 4) },
    canaries: Array.from({ length: n }, (_, i) => i % 2),
    randomizedMembership: seed % 2 === 1,
  });
}

/** All that a set holds, as plain data. */
function contentOf(set: SignalSet): unknown {
  const models = Array.from({ length: set.models }, (_, m) => m);
  return {
    ...set,
    files: undefined,
    notes: undefined,
    model: models.map((m) => set.model(m)),
    augmented: { ...set.augmented, model: models.map((m) => set.augmented!.model(m)) },
    population: { ...set.population, model: models.map((m) => set.population!.model(m)) },
  };
}

describe('writeSignals', () => {
  it.each(['npz', 'json'])('and readSignals are each other’s inverse (%s)', async (ending) => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 2, max: 5 }),
      fc.nat(1000),
    );
    await fc.assert(
      fc.asyncProperty(sizes, async ([models, n, k, seed]) => {
        const set = sample(models, n, k, ending === 'json' ? 2 * seed + 1 : seed);
        const path = join(folder, `set.${ending}`);
        await writeSignals(path, set);
        expect(contentOf(await readSignals(path))).toEqual(contentOf(set));
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it('keeps groups in JSON, and says that npz has no place for them', async () => {
    const set = { ...sample(1, 3, 2, 1), groups: ['a', 'b', 'a'] };
    await writeSignals(join(folder, 'groups.json'), set);
    expect((await readSignals(join(folder, 'groups.json'))).groups).toEqual(['a', 'b', 'a']);
    await expect(writeSignals(join(folder, 'groups.npz'), set)).rejects.toThrow('cannot hold groups');
    await expect(writeSignals(join(folder, 'set.csv'), set)).rejects.toThrow('must end in .npz or .json');
  });
});
