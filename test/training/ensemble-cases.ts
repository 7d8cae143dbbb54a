import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { loss } from '../../src/losses/registry';
import { mlpEnsemble } from '../../src/models/mlp-ensemble';
import { model } from '../../src/models/registry';
import type { Tensor2D, Tensor3D } from '../../src/platform/backend/tensor';
import { lossGradient } from '../../src/training/batch-loss';
import { lossDefense } from '../../src/training/batch-loss';
import { type Defense } from '../../src/training/defense';
import { lossOnBatch, lossTraining, plainGradient } from '../../src/training/batch-loss';
import { EnsembleWeights } from '../../src/training/ensemble-weights';
import { recipe, type RecipeChanges } from '../../src/training/recipe';
import type { Records } from '../../src/training/records';
import type { LoopTask, TrainingState, TrainingTask } from '../../src/training/task';
import { defenseSetup } from '../../src/training/train';
import { startState } from '../../src/training/weights';
import { outputDistance, roundingDistances } from './moved-start';
import { statesOf, smallTask, stateOf, syntheticRecords } from './small-task';

/** Models with records, keys and (if given) defenses of their own. */
export async function smallTasks(
  changes: Partial<TrainingTask> = {},
  defenses: readonly Defense[] = Array.from({ length: 3 }, () => lossDefense(loss('ce'))),
): Promise<TrainingTask[]> {
  return Promise.all(
    defenses.map((each, index) =>
      smallTask({
        defense: each,
        members: syntheticRecords(10 + index),
        key: { seed: 5, role: 'shadow', index },
        ...changes,
      }),
    ),
  );
}

const short = (changes: RecipeChanges = {}) =>
  recipe('study', { epochs: 4, batchSize: 20, milestones: [2], evaluateEvery: 2, ...changes });

const relaxLoss = (target: number): Defense => defense('relaxloss', { target });

/** A task without teachers, after its defense has had its say. */
export function loopTask(task: TrainingTask): LoopTask {
  return { ...task, released: task.defense.training(defenseSetup(task), []) };
}

/** Largest difference of trained weights. */
function weightDistance(a: TrainingState, b: TrainingState): number {
  return Math.max(
    ...a.parameters.flatMap((values, i) => [...values].map((v, j) => Math.abs(v - b.parameters[i][j]))),
  );
}

/** Weights, running averages, history and outputs of all models as one list. */
function everything(states: readonly TrainingState[]): unknown {
  return states.map(({ updates, epoch, parameters, slots, ema, history, outputs }) => ({
    ...{ updates, epoch, parameters, slots, ema, history, outputs },
  }));
}

/** What holds on every backend. */
export function ensembleCases(): void {
  describe('passes of an ensemble', () => {
    it.each([0, 0.4])(
      'one step has the gradients of training alone to 1e-5 (dropout %d)',
      async (dropout) => {
        const network = model('mlp', { features: 12, hidden: [16, 8], classes: 3, dropout });
        const tasks = await smallTasks({ network });
        const { tf } = tasks[0].backend;
        const before = tf.memory().numTensors;
        tf.tidy(() => {
          const states = tasks.map(({ key, recipe: r }) => startState(network, r, key));
          const weights = new EnsembleWeights(tf, network.parameters, tasks[0].recipe, states);
          const read = (i: number): Tensor3D => weights.read(i);
          const inputs = tasks.map(({ members: { x } }) => tf.tensor2d(x, [50, 12]));
          const oneHots = tasks.map(
            ({ members: { y } }) => tf.oneHot(tf.tensor1d(y, 'int32'), 3).toFloat() as Tensor2D,
          );
          const keys = tasks.map(({ key }) => ({ ...key, epoch: 2, step: 3 }));
          const passes = mlpEnsemble(network);
          const { logits, saved } = passes.forward(
            tf,
            read,
            tf.stack(inputs) as Tensor3D,
            keys,
            [50, 50, 50],
          );
          const byModel = oneHots.map(
            (oneHot, e) =>
              lossGradient(tf, loss('ccel'), logits.slice([e, 0, 0], [1, -1, -1]).reshape([50, 3]), oneHot)
                .logitGradient,
          );
          const gradients: Float32Array[] = [];
          passes.backward(tf, read, saved, tf.stack(byModel) as Tensor3D, (i, gradient) => {
            gradients[i] = gradient.dataSync<'float32'>();
          });
          weights.dispose();
          tasks.forEach((_, e) => {
            const alone = plainGradient(
              {
                ...{
                  tf,
                  network,
                  x: inputs[e],
                  oneHot: oneHots[e],
                  records: new Int32Array(50),
                  key: keys[e],
                },
                tensors: {
                  parameters: states[e].parameters.map((v, i) =>
                    tf.tensor(v, [...network.parameters[i].shape]),
                  ),
                  buffers: [],
                },
                learningRate: 0.1,
              },
              lossOnBatch(loss('ccel')),
            );
            alone.gradients.forEach((gradient, i) => {
              const expected = gradient.dataSync();
              const found = gradients[i].subarray(e * expected.length, (e + 1) * expected.length);
              expect(Math.max(...expected)).toBeGreaterThan(1e-4);
              found.forEach((value, k) => expect(Math.abs(value - expected[k])).toBeLessThan(1e-5));
            });
          });
        });
        expect(tf.memory().numTensors).toBe(before);
      },
    );
  });

  describe('models at once beside each alone', () => {
    it('after 20 epochs is no farther away than its roundings explain, and a slightly wrong update is', async () => {
      const twenty = short({ epochs: 20, milestones: [15], evaluateEvery: 20 });
      const eight = Array.from({ length: 8 }, () => lossDefense(loss('ce')));
      const tasks = await smallTasks({ recipe: twenty }, eight);
      const { alone, together, moved, bound } = await roundingDistances(tasks);
      expect(moved).toBeGreaterThan(0);
      expect(together).toBeLessThanOrEqual(bound);
      const wrong = { ...twenty, learningRate: twenty.learningRate * (1 + 1e-4) };
      const states = await statesOf({ models: tasks.map((task) => ({ ...task, recipe: wrong })) });
      expect(outputDistance(states, alone)).toBeGreaterThan(2 * bound);
    });

    it.each<[string, RecipeChanges]>([
      ['momentum', {}],
      ['Nesterov', { nesterov: true }],
      ['no momentum', { momentum: 0 }],
      ['no weight decay', { weightDecay: 0 }],
      ['Nesterov without decay', { nesterov: true, weightDecay: 0 }],
      ['Adam', { optimizer: 'adam', learningRate: 0.01 }],
      ['clipping', { gradientClip: 0.3 }],
      ['moving average', { ema: 0.8 }],
      ['a last batch of 10 records, cosine', { batchSize: 20, schedule: 'cosine' }],
    ])('%s: the same training for each model', async (_, changes) => {
      const tasks = await smallTasks({ recipe: short(changes) });
      const together = await statesOf({ models: tasks });
      for (const [e, task] of tasks.entries()) {
        const alone = await stateOf(task);
        expect(weightDistance(together[e], alone)).toBeLessThan(2e-5);
        expect(together[e]).toMatchObject({
          epoch: 4,
          updates: alone.updates,
          defense: {},
          best: null,
          buffers: [],
        });
        expect(together[e].history.map(({ epoch }) => epoch)).toEqual([2, 4]);
        expect(outputDistance([together[e]], [alone])).toBeLessThan(1e-4);
        for (const [name, list] of Object.entries(alone.slots)) {
          list.forEach((values, i) =>
            values.forEach((value, j) => expect(together[e].slots[name][i][j]).toBeCloseTo(value, 4)),
          );
        }
        alone.ema?.forEach((values, i) =>
          values.forEach((value, j) => expect(together[e].ema![i][j]).toBeCloseTo(value, 4)),
        );
      }
    });

    it.each<[string, () => Defense[]]>([
      ['one loss of kind p', () => [1, 2, 3].map(() => lossDefense(loss('ccel', { alpha: 0.3 })))],
      ['one loss on logits', () => [1, 2, 3].map(() => lossDefense(loss('label-smoothing')))],
      ['parameters of their own', () => [0.1, 0.5, 0.9].map((alpha) => lossDefense(loss('ccel', { alpha })))],
      [
        'flooding of the batch',
        () => [0.2, 0.5, 0.8].map((level) => lossDefense(loss('flooding', { level }))),
      ],
      ['a penalty on the variance', () => [1, 2].map(() => lossDefense(loss('variance-penalty')))],
      ['RelaxLoss', () => [0.3, 0.6, 1.2].map(relaxLoss)],
    ])('losses: %s', async (_, defenses) => {
      const tasks = await smallTasks({ recipe: short() }, defenses());
      const together = await statesOf({ models: tasks });
      for (const [e, task] of tasks.entries()) {
        expect(weightDistance(together[e], await stateOf(task))).toBeLessThan(2e-5);
      }
    });

    it('training sets that differ by a record, dropout included', async () => {
      const network = model('mlp', { features: 12, hidden: [16, 8], classes: 3, dropout: 0.3 });
      const tasks = (await smallTasks({ network, recipe: short() })).map((task, i) => ({
        ...task,
        members: syntheticRecords(20 + i, 50 + i),
      }));
      const together = await statesOf({ models: tasks });
      for (const [e, task] of tasks.entries()) {
        expect(weightDistance(together[e], await stateOf(task))).toBeLessThan(2e-5);
      }
    });

    it('a training set of its own beside the members, and one that models share', async () => {
      const training = syntheticRecords(30);
      const on = (records: Records): Defense => ({
        ...lossDefense(loss('ce')),
        training: () => ({ ...lossTraining(loss('ce')), training: records }),
      });
      const tasks = await smallTasks({ recipe: short() }, [
        on(training),
        on(training),
        on(syntheticRecords(31)),
      ]);
      const together = await statesOf({ models: tasks });
      for (const [e, task] of tasks.entries()) {
        expect(weightDistance(together[e], await stateOf(task))).toBeLessThan(2e-5);
      }
    });
  });

  describe('bits of an ensemble', () => {
    it.each<[string, RecipeChanges]>([
      ['SGD', {}],
      [
        'Adam with clipping and moving average',
        { optimizer: 'adam', learningRate: 0.01, gradientClip: 0.5, ema: 0.9 },
      ],
    ])('%s: the same twice, and gone on with from any capture', async (_, changes) => {
      const tasks = await smallTasks({ recipe: short(changes) });
      const captures: TrainingState[][] = [];
      const straight = await statesOf({
        models: tasks,
        onEpoch: (_epoch, capture) => void captures.push(capture()),
      });
      expect(everything(await statesOf({ models: tasks }))).toEqual(everything(straight));
      expect(captures.map(([{ epoch }]) => epoch)).toEqual([1, 2, 3]);
      for (const states of captures) {
        const resumed = tasks.map((task, e) => ({ ...task, resumeFrom: states[e] }));
        expect(everything(await statesOf({ models: resumed }))).toEqual(everything(straight));
      }
    });
  });
}
