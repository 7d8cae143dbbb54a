import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/dataset';
import { dataset } from '../../src/data/registry';
import { blockFromData, type BlockSpec, type FinishedModel } from '../../src/experiments/block';
import { LocalExecutor } from '../../src/experiments/executors/executor';
import { planStudy } from '../../src/experiments/plan';
import { Store } from '../../src/experiments/store/store';
import { study, type StudyInput } from '../../src/experiments/study';
import { trainBlock } from '../../src/experiments/train-block';
import { openBackend } from '../../src/platform/backend/backend';
import { packStates, unpackStates } from '../../src/training/ensemble-models';
import { smallTask, stateOf } from '../training/small-task';

const folder = mkdtempSync(join(tmpdir(), 'chunks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const input: StudyInput = {
  name: 'chunks',
  hidden: [16],
  methods: [{ loss: 'ccel' }],
  seeds: [1],
  shadows: 3,
  epochs: 4,
  evaluateEvery: 2,
  learningRate: 0.02,
};
let data: Dataset;
beforeAll(async () => {
  data = await dataset('location30');
});

async function trained(chunk: number): Promise<readonly FinishedModel[]> {
  const executor = new LocalExecutor(await openBackend(), data);
  const { blocks, runs } = planStudy(study({ ...input, chunk }), data, executor.compute);
  const store = Store.open(join(folder, String(chunk)));
  await executor.train(blocks, store);
  return Promise.all(runs[0].shadows.map(async ({ block, place }) => (await store.read(block))![place]));
}

describe('a chunk of shadow models', () => {
  it('is one block, and a run of the target another', async () => {
    const { compute } = new LocalExecutor(await openBackend(), data);
    const count = (chunk: number, changes: Partial<StudyInput> = {}): number[] =>
      planStudy(study({ ...input, chunk, ...changes }), data, compute).blocks.map(
        ({ spec }) => spec.models.length,
      );
    expect(count(3)).toEqual([1, 3]);
    expect(count(2)).toEqual([1, 2, 1]);
    expect(count(3, { methods: [{ defense: 'mixup' }] })).toEqual([1, 1, 1, 1]);
  });

  it('gives each model what training alone gives it, up to rounding', async () => {
    const [together, alone] = [await trained(3), await trained(1)];
    together.forEach((model, m) => {
      expect(model.records).toEqual(alone[m].records);
      expect(model.epochs).toEqual(Int32Array.of(2, 4));
      model.losses.forEach((loss, i) => expect(loss).toBeCloseTo(alone[m].losses[i], 3));
    });
    expect(together[0].records).not.toEqual(together[1].records);
  });

  it('leaves no checkpoint behind, also where its models must train in turn', async () => {
    const backend = await openBackend();
    const { compute } = new LocalExecutor(backend, data);
    const { blocks } = planStudy(study({ ...input, chunk: 2 }), data, compute);
    const { spec } = blocks.find((block) => block.spec.models.length === 2)!;
    const inTurn: BlockSpec = { ...spec, defense: { name: 'mixup', options: {} } };
    const store = Store.open(join(folder, 'in turn'));
    const seen = new Set<string>();
    const onProgress = (): void => store.checkpointFiles().forEach(({ id }) => seen.add(id));
    await trainBlock(blockFromData(inTurn), { backend, dataset: data, store, onProgress });
    expect(store.read(inTurn)).toHaveLength(2);
    expect(seen.size).toBe(2);
    expect(store.checkpointFiles()).toEqual([]);
  });
});

describe('packStates', () => {
  it('is undone by unpackStates, with models of different sizes', async () => {
    const { members, nonMembers } = await smallTask();
    const fewer = { x: nonMembers.x.slice(0, 30 * 12), y: nonMembers.y.slice(0, 30) };
    const states = [await stateOf(await smallTask()), await stateOf(await smallTask({ nonMembers: fewer }))];
    const sizes = [members.y.length + nonMembers.y.length, members.y.length + fewer.y.length];
    expect(unpackStates(packStates(states), sizes)).toEqual(states);
  });
});
