import { Interrupted } from '../errors';
import { mlpEnsemble, type MlpEnsemble } from '../models/mlp-ensemble';
import type { Tensor1D, Tensor2D, Tensor3D, TensorFlow } from '../platform/backend/tensor';
import { runningCell } from '../running-cell';
import { type EnsembleBatch, EnsembleBatches, shuffledBatches } from './batches';
import { checkTask } from './check-task';
import type { LossTraining } from './defense';
import { EnsembleWeights } from './ensemble-weights';
import { evaluate, TrainingDiverged } from './evaluate';
import { Pace } from './progress';
import { isEvaluated, lastEpoch, learningRateAt } from './recipe';
import type { Records } from './records';
import type { Evaluation, TrainingState, ModelsTask, LoopTask } from './task';
import { startState } from './weights';

/** Raised when a change alters the numbers that ensembles give; part of a run's identity beside `trainingRevision`. */
export const ensembleRevision = 1;

/**
 * Trains models of one shape at once, as one batched computation ([E, batch, in] x [E, in, out]). Each has its own start
 * weights, batch order, dropout masks, records and loss, all as in `trainNetwork`; `whyNotAtOnce` says which may go together.
 *
 * A step's gradients are those of training alone to 1e-5. Last bits differ from training alone and between ensembles of
 * other size, so that the other models of a block belong to what identifies a run; the same tasks give the same bits,
 * straight or gone on with from a capture (`resumeFrom` of every task). Loss, weight decay, momentum, Adam, clipping and
 * moving average are each model's own. No tensor is left behind.
 *
 * @returns for each task the state that training alone gives: history, outputs, parameters, optimizer
 * @throws TrainingDiverged if a loss is not finite; it names the model, and the whole ensemble ends
 */
export async function trainAtOnce(
  tasks: readonly LoopTask[],
  options: EnsembleOptions = {},
): Promise<TrainingState[]> {
  tasks.forEach(checkTask);
  const ensemble = new Ensemble(tasks, options);
  try {
    return await ensemble.run();
  } finally {
    ensemble.dispose();
  }
}

type EnsembleOptions = Pick<ModelsTask, 'signal' | 'onProgress' | 'onEpoch'>;

/** One ensemble from its states to its end; owner of its tensors. */
class Ensemble {
  private readonly tf;
  private readonly recipe;
  private readonly passes: MlpEnsemble;
  private readonly training: readonly Records[];
  private readonly losses: readonly LossTraining[];
  private readonly weights: EnsembleWeights;
  private readonly source: EnsembleBatches;
  private readonly histories: Evaluation[][];
  private readonly outputs: Float32Array[];
  private readonly firstEpoch: number;
  private readonly signal;

  constructor(
    private readonly tasks: readonly LoopTask[],
    private readonly options: EnsembleOptions,
  ) {
    const [{ backend, network, recipe }] = tasks;
    this.tf = backend.tf;
    this.signal = options.signal ?? runningCell()?.signal;
    this.recipe = recipe;
    this.passes = mlpEnsemble(network);
    this.training = tasks.map(({ released, members }) => released.training ?? members);
    this.losses = tasks.map(({ released }) => released as LossTraining);
    const states = tasks.map((task) => task.resumeFrom ?? startState(task.network, recipe, task.key));
    this.firstEpoch = states[0].epoch + 1;
    this.histories = states.map(({ history }) => [...history]);
    this.outputs = states.map(({ outputs }) => outputs);
    this.weights = new EnsembleWeights(this.tf, network.parameters, recipe, states);
    this.source = new EnsembleBatches(this.tf, this.training, network.inputShape[0], network.classes);
  }

  async run(): Promise<TrainingState[]> {
    const last = lastEpoch(this.recipe);
    const pace = new Pace(this.firstEpoch, last);
    for (let epoch = this.firstEpoch; epoch <= last; epoch++) {
      await this.epoch(epoch, pace);
      if (isEvaluated(this.recipe, epoch)) await this.evaluate(epoch);
      if (epoch < last) await this.options.onEpoch?.(epoch, () => this.capture(epoch));
    }
    return this.capture(Math.max(last, this.firstEpoch - 1));
  }

  private async epoch(epoch: number, pace: Pace): Promise<void> {
    const { recipe, tasks, options } = this;
    const learningRate = learningRateAt(recipe, epoch - 1);
    const orders = tasks.map(({ key }, e) =>
      shuffledBatches(this.training[e].y.length, recipe.batchSize, key, epoch),
    );
    const steps = orders[0].length;
    for (let step = 1; step <= steps; step++) {
      await this.breathe(epoch, `, step ${step}`);
      const batches = orders.map((order) => order[step - 1]);
      const losses = this.tf.tidy(
        () => this.step(batches, { epoch, step, learningRate }) as never,
      ) as Float32Array;
      const records = batches.reduce((sum, { length }) => sum + length, 0);
      const loss = losses.reduce((sum, each) => sum + each, 0) / losses.length;
      options.onProgress?.(pace.step(records, { epoch, step, steps, loss }));
    }
  }

  /** One update of every model; inside tf.tidy. Returns their mean losses. */
  private step(
    batches: readonly Int32Array[],
    at: { epoch: number; step: number; learningRate: number },
  ): Float32Array {
    const { tf, weights, passes, tasks } = this;
    const { epoch, step, learningRate } = at;
    const read = (parameter: number) => weights.read(parameter);
    const batch = this.source.take(batches);
    const keys = tasks.map(({ key }) => ({ ...key, epoch, step }));
    const { logits, saved } = passes.forward(tf, read, batch.x, keys, batch.sizes);
    const { means, logitGradient } = ensembleLoss(tf, {
      losses: this.losses,
      logits,
      batch,
      batches,
      epoch,
      step,
    });
    const losses = means.dataSync<'float32'>();
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) {
      throw new TrainingDiverged({ ...at, loss: losses[bad], records: batches[bad], model: tasks[bad].key });
    }
    weights.begin(learningRate);
    passes.backward(tf, read, saved, logitGradient, (parameter, gradient) =>
      weights.take(parameter, gradient),
    );
    weights.finish();
    return losses;
  }

  /** Lets interrupts and messages in; costs microseconds. */
  private async breathe(epoch: number, step: string): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.signal?.aborted) throw new Interrupted(`Training was interrupted at epoch ${epoch}${step}.`);
  }

  private async evaluate(epoch: number): Promise<void> {
    for (const [e, task] of this.tasks.entries()) {
      await this.breathe(epoch, ', in the evaluation');
      const tensors = this.weights.released(e);
      try {
        const { evaluation, signals } = evaluate(task, tensors, epoch, task.key);
        this.histories[e].push(evaluation);
        this.outputs[e] = signals.logits as Float32Array;
        task.onEvaluation?.(signals, epoch);
      } finally {
        this.tf.dispose([...tensors.parameters]);
      }
    }
  }

  private capture(epoch: number): TrainingState[] {
    return this.weights.capture().map((kept, e) => ({
      ...kept,
      epoch,
      defense: {},
      history: [...this.histories[e]],
      outputs: this.outputs[e],
      best: null,
    }));
  }

  dispose(): void {
    this.weights.dispose();
    this.source.dispose();
  }
}

/** Mean loss of each model, [E], and the gradients of these means with respect to the logits, [E, batch, classes]. */
export interface EnsembleLoss {
  readonly means: Tensor1D;
  readonly logitGradient: Tensor3D;
}

/** One step of all models. */
interface LossStep {
  readonly losses: readonly LossTraining[];
  /** Logits, [E, batch, classes]. */
  readonly logits: Tensor3D;
  readonly batch: EnsembleBatch;
  /** Numbers of the records, one list a model. */
  readonly batches: readonly Int32Array[];
  readonly epoch: number;
  readonly step: number;
}

/**
 * Losses and logit gradients of a step. A loss of single records that all models share is computed once for all
 * rows; anything else, and a step in which batches differ in size, model by model. Call it inside tf.tidy.
 */
export function ensembleLoss(tf: TensorFlow, step: LossStep): EnsembleLoss {
  const { losses, batch } = step;
  const [{ perRecord }] = losses;
  const shared = perRecord !== undefined && losses.every((each) => each.perRecord === perRecord);
  const even = batch.sizes.every((size) => size === batch.sizes[0]);
  return shared && even ? atOnce(tf, step) : oneByOne(tf, step);
}

function atOnce(tf: TensorFlow, { losses, logits, batch, batches, epoch, step }: LossStep): EnsembleLoss {
  const [models, rows, classes] = logits.shape;
  const flat = (tensor: Tensor3D): Tensor2D => tensor.reshape([models * rows, classes]);
  const { values, logitGradient } = losses[0].loss(tf, {
    z: flat(logits),
    oneHot: flat(batch.oneHot),
    records: batches[0],
    epoch,
    step,
  });
  return {
    means: values.reshape([models, rows]).mean<Tensor1D>(1),
    // The loss divides by the rows of all models, and each model's mean is over its own.
    logitGradient: logitGradient.mul(models).reshape(logits.shape),
  };
}

function oneByOne(tf: TensorFlow, { losses, logits, batch, batches, epoch, step }: LossStep): EnsembleLoss {
  const [, rows, classes] = logits.shape;
  const results = losses.map(({ loss }, e) => {
    const size = batch.sizes[e];
    const own = (tensor: Tensor3D): Tensor2D =>
      tensor.slice([e, 0, 0], [1, size, classes]).reshape([size, classes]);
    const { values, logitGradient } = loss(tf, {
      z: own(logits),
      oneHot: own(batch.oneHot),
      records: batches[e],
      epoch,
      step,
    });
    const gradient =
      size === rows
        ? logitGradient
        : tf.pad2d(logitGradient, [
            [0, rows - size],
            [0, 0],
          ]);
    return { mean: values.mean(), gradient };
  });
  return {
    means: tf.stack(results.map(({ mean }) => mean)) as Tensor1D,
    logitGradient: tf.stack(results.map(({ gradient }) => gradient)) as Tensor3D,
  };
}
