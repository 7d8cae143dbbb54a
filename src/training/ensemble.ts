import { Interrupted, UserError } from '../errors';
import { mlpEnsemble, type MlpEnsemble } from '../models/mlp-ensemble';
import { runningCell } from '../running-cell';
import { shuffledBatches } from './batch-source';
import { checkTask } from './check-task';
import { TrainingDiverged } from './diverged';
import { EnsembleBatches } from './ensemble-batches';
import { ensembleLoss } from './ensemble-objective';
import { canTrainTogether, type EnsembleTask } from './ensemble-task';
import { EnsembleWeights } from './ensemble-weights';
import { evaluate } from './evaluate';
import type { ObjectiveMethod } from './method';
import { Pace } from './pace';
import { isEvaluated, lastEpoch, learningRateAt } from './recipe';
import type { Records } from './records';

import type { Evaluation, TrainingProgress, TrainingState } from './training-task';
import { startState } from './weights';

/** Raised when a change alters the numbers that ensembles give; part of a run's identity beside `trainingRevision`. */
export const ensembleRevision = 1;

export interface EnsembleOptions {
  /** Default: the interrupt of the notebook cell that called, none elsewhere. */
  readonly signal?: AbortSignal;
  /** Told after each step; its loss is the mean over the models, its pace counts the records of all. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Called after each epoch but the last. `capture` copies the states of all models, in the order of the tasks. */
  readonly onEpoch?: (epoch: number, capture: () => TrainingState[]) => void | Promise<void>;
}

/**
 * Trains models of one shape at once, as one batched computation ([E, batch, in] x [E, in, out]). Each has its own start
 * weights, batch order, dropout masks, records and loss, all as in `train`; `canTrainTogether` says which tasks may go
 * together.
 *
 * A step's gradients are those of training alone to 1e-5. Last bits differ from training alone and between ensembles of
 * other size, so that the chunk belongs to what identifies a run; the same tasks give the same bits, straight or gone on
 * with from a capture (`resumeFrom` of every task). Loss, weight decay, momentum, Adam, clipping and moving average are
 * each model's own. No tensor is left behind.
 *
 * @returns for each task the state that `train` gives: history, outputs, parameters, optimizer
 * @throws TrainingDiverged if a loss is not finite; it names the model, and the whole ensemble ends
 * @throws Interrupted if the signal aborts; the epoch under way is lost
 * @throws UserError for tasks that cannot train together, with the reason, and what `train` refuses
 */
export async function trainEnsemble(
  tasks: readonly EnsembleTask[],
  options: EnsembleOptions = {},
): Promise<TrainingState[]> {
  const reason = canTrainTogether(tasks);
  if (reason !== null) {
    throw new UserError(
      `These models cannot train as one ensemble: ${reason}. Train them one after the other.`,
    );
  }
  tasks.forEach(checkTask);
  const ensemble = new Ensemble(tasks, options);
  try {
    return await ensemble.run();
  } finally {
    ensemble.dispose();
  }
}

/** One ensemble from its states to its end; owner of its tensors. */
class Ensemble {
  private readonly tf;
  private readonly recipe;
  private readonly passes: MlpEnsemble;
  private readonly training: readonly Records[];
  private readonly methods: readonly ObjectiveMethod[];
  private readonly weights: EnsembleWeights;
  private readonly source: EnsembleBatches;
  private readonly histories: Evaluation[][];
  private readonly outputs: Float32Array[];
  private readonly firstEpoch: number;
  private readonly signal;

  constructor(
    private readonly tasks: readonly EnsembleTask[],
    private readonly options: EnsembleOptions,
  ) {
    const [{ backend, network, recipe }] = tasks;
    this.tf = backend.tf;
    this.signal = options.signal ?? runningCell()?.signal;
    this.recipe = recipe;
    this.passes = mlpEnsemble(network);
    this.training = tasks.map(({ training, members }) => training ?? members);
    this.methods = tasks.map(({ method }) => method as ObjectiveMethod);
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
    const { tf, weights, passes, methods, tasks } = this;
    const { epoch, step, learningRate } = at;
    const read = (parameter: number) => weights.read(parameter);
    const batch = this.source.take(batches);
    const keys = tasks.map(({ key }) => ({ ...key, epoch, step }));
    const { logits, saved } = passes.forward(tf, read, batch.x, keys, batch.sizes);
    const { means, logitGradient } = ensembleLoss(tf, { methods, logits, batch, batches, epoch, step });
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
      method: {},
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
