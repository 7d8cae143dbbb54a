import { describe, expect, it } from 'vitest';
import { augmentation } from '../../src/data/augmentation';
import { loss } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import type { ModelSignals } from '../../src/signals/signal-set';
import { decodeState } from '../../src/training/checkpoint';
import { encodeState } from './state-bits';
import { lossDefense, lossTraining, openLoop } from '../../src/training/batch-loss';
import type { Defense } from '../../src/training/defense';
import { whyNotAtOnce } from '../../src/training/ensemble-models';
import { recipe } from '../../src/training/recipe';
import type { TrainingProgress, TrainingState, TrainingTask } from '../../src/training/task';
import { train } from '../../src/training/train';
import { startState } from '../../src/training/weights';
import { ensembleCases, loopTask, smallTasks } from './ensemble-cases';
import { statesOf, syntheticRecords } from './small-task';

ensembleCases();

describe('a running ensemble', () => {
  it('tells each step with the mean loss and the records of all models', async () => {
    const told: TrainingProgress[] = [];
    await statesOf({ models: await smallTasks(), onProgress: (progress) => void told.push(progress) });
    expect(told.map(({ epoch, step }) => [epoch, step]).slice(0, 4)).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
    ]);
    expect(told[17]).toMatchObject({ epoch: 6, epochs: 6, step: 3, steps: 3 });
    // Untrained models of three classes.
    expect(told[0].loss).toBeCloseTo(Math.log(3), 0);
  });

  it('hands out the outputs of each model after each evaluated epoch', async () => {
    const seen: [number, number, ModelSignals][] = [];
    const tasks = (await smallTasks()).map((task, i) => ({
      ...task,
      onEvaluation: (signals: ModelSignals, epoch: number) => void seen.push([i, epoch, signals]),
    }));
    const states = await statesOf({ models: tasks });
    expect(seen.map(([i, epoch]) => `${i} ${epoch}`)).toEqual(
      [2, 4, 6].flatMap((epoch) => [0, 1, 2].map((i) => `${i} ${epoch}`)),
    );
    expect(seen[7][2].logits).toEqual(states[1].outputs);
    expect(seen[7][2].labels.slice(0, 50)).toEqual(tasks[1].members.y);
  });

  it('gives states that checkpoints keep', async () => {
    const [first] = await statesOf({ models: await smallTasks() });
    const kept = decodeState(encodeState(first, { name: 'x' }), { name: 'x' }, 'the file');
    expect(kept).toEqual(first);
  });

  it('leaves no tensor behind, whether it ends, diverges or is interrupted', async () => {
    const tasks = await smallTasks();
    const { tf } = tasks[0].backend;
    const before = tf.memory().numTensors;
    await statesOf({ models: tasks });
    for (const changes of [{}, { gradientClip: 1 }, { optimizer: 'adam' as const }]) {
      const wild = recipe('study', { learningRate: 1e30, batchSize: 20, ...changes });
      const broken = tasks.map((task) => ({ ...task, recipe: wild }));
      if (changes.optimizer === undefined)
        await expect(train({ models: broken })).rejects.toThrow(/diverged/);
      const controller = new AbortController();
      const onProgress = (): void => controller.abort();
      await expect(train({ models: tasks, signal: controller.signal, onProgress })).rejects.toThrow(
        /interrupted at epoch 1, step 2/,
      );
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('frees its variables: weights of 20 ensembles do not pile up', async () => {
    const network = model('mlp', { features: 12, hidden: [2000, 200], classes: 3 });
    const once = recipe('study', { epochs: 1, batchSize: 50, milestones: [] });
    const tasks = await smallTasks({ network, recipe: once });
    for (let i = 0; i < 5; i++) await statesOf({ models: tasks });
    const resident = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) await statesOf({ models: tasks });
    // Kept variables would be 20 x 3 x 2 x 1.7 MB.
    expect((process.memoryUsage().rss - resident) / 2 ** 20).toBeLessThan(100);
  });

  it('says which model diverged, and where', async () => {
    const tasks = await smallTasks();
    const x = Float32Array.from(tasks[1].members.x);
    x[3] = Number.NaN;
    tasks[1] = { ...tasks[1], members: { ...tasks[1].members, x } };
    await expect(statesOf({ models: tasks })).rejects.toThrow(
      /Training of the shadow model with index 1, seed 5, diverged at epoch 1, step \d \(a batch of 20 records: .*the loss is NaN at learning rate 0.1/,
    );
  });
});

describe('whyNotAtOnce', () => {
  const loop: Defense = {
    ...lossDefense(loss('ce')),
    label: 'AdvReg',
    training: () => ({ loop: (setup) => openLoop(lossTraining(loss('ce')), setup) }),
  };
  const state = (epoch: number): TrainingState => ({
    ...startState(model('mlp', { features: 12, hidden: [16, 8], classes: 3 }), recipe(), {
      seed: 1,
      role: 'shadow',
    }),
    epoch,
  });
  it.each<[string, Partial<TrainingTask>, RegExp]>([
    ['another network', { network: model('cnn') }, /model 2 of 3: its network is a cnn, and only MLPs/],
    [
      'other widths',
      { network: model('mlp', { features: 12, hidden: [16, 9], classes: 3 }) },
      /model 2 of 3: network.hidden is \[16,9\], and \[16,8\] for model 1/,
    ],
    [
      'another recipe',
      { recipe: recipe('study', { epochs: 6, batchSize: 20, milestones: [5] }) },
      /recipe.evaluateEvery|recipe.milestones is \[5\], and \[4\] for model 1/,
    ],
    ['a loop of its own', { defense: loop }, /AdvReg has a say in batches, gradients or epochs/],
    ['early stop', { recipe: recipe('study', { patience: 2 }) }, /early stop \(patience\)/],
    [
      'more steps',
      { members: syntheticRecords(3, 61) },
      /an epoch has 4 steps \(61 records\), and 3 for model 1 \(50 records\)/,
    ],
    ['augmentation', { augmentation: augmentation('crop-flip') }, /its records are augmented \(crop-flip\)/],
    ['a state', { resumeFrom: state(2) }, /it goes on after epoch 2, and model 1 after epoch 0/],
  ])('names the reason: %s', async (_, changes, reason) => {
    const tasks = await smallTasks();
    expect(whyNotAtOnce(tasks.map(loopTask))).toBeNull();
    tasks[1] = { ...tasks[1], ...changes };
    expect(whyNotAtOnce(tasks.map(loopTask))).toMatch(reason);
  });

  it('has nothing to do without a task, and refuses a batch larger than the data as train does', async () => {
    expect(whyNotAtOnce([])).toBe('there is no task');
    await expect(train({ models: [] })).resolves.toEqual([]);
    const tasks = await smallTasks({ recipe: recipe('study', { batchSize: 51 }) });
    await expect(statesOf({ models: tasks })).rejects.toThrow(/the batch size is 51, but must be at most 50/);
  });
});
