import { Interrupted } from '../errors';
import { runningCell } from '../running-cell';
import { ceLosses } from '../signals/log-softmax';
import { batchSource, type BatchSource, shuffledBatches } from './batches';
import { checkTask } from './check-task';
import { type Loop, type LoopRun, type StepGradient } from './defense';
import { openLoop } from './batch-loss';
import { evaluate, logitsOf, TrainingDiverged } from './evaluate';
import { Pace } from './progress';
import { isEvaluated, lastEpoch, learningRateAt } from './recipe';
import type { Records } from './records';
import type { BestSoFar, Evaluation, TrainingState, LoopTask } from './task';
import { arraysOf, startState, TrainedWeights } from './weights';

/** Raised when a change alters the numbers that training gives; part of a run's identity. */
export const trainingRevision = 1;

/** Trains a network, and evaluates members and non-members on the way; `train` without teachers and output defense. */
export async function trainNetwork(task: LoopTask): Promise<TrainingState> {
  checkTask(task);
  const { network, recipe, key } = task;
  const training = new Training(task, task.resumeFrom ?? startState(network, recipe, key));
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

/** One training from a state to its end; owner of its tensors. */
class Training {
  private readonly tf;
  private readonly training: Records;
  private readonly weights: TrainedWeights;
  private readonly source: BatchSource;
  private readonly released: LoopRun;
  private readonly history: Evaluation[];
  private readonly last: number;
  private readonly signal;
  private outputs: Float32Array;
  private best: BestSoFar | null;
  /** What `onEpoch` still does. */
  private pending: Promise<void> | undefined;

  constructor(
    private readonly task: LoopTask,
    private readonly start: TrainingState,
  ) {
    const { backend, network, recipe, members, inference, key } = task;
    this.tf = backend.tf;
    this.signal = task.signal ?? runningCell()?.signal;
    this.training = task.released.training ?? members;
    this.history = [...start.history];
    this.outputs = start.outputs;
    this.best = start.best;
    this.last = lastEpoch(recipe);
    const state = start.epoch === 0 ? undefined : start.defense;
    const setup = { backend, network, recipe, training: this.training, inference, key, state };
    this.released = openLoop(task.released, setup);
    this.weights = new TrainedWeights(this.tf, network, recipe, start);
    this.source = batchSource(this.tf, this.training, task);
  }

  async run(): Promise<TrainingState> {
    const { task, last } = this;
    const pace = new Pace(this.start.epoch + 1, last);
    let epoch = this.start.epoch;
    while (epoch < last && !this.isStopped()) {
      epoch++;
      await this.epoch(epoch, pace);
      if (isEvaluated(task.recipe, epoch)) this.evaluate(epoch);
      const reached = epoch;
      if (epoch < last) this.afterEpoch(task.onEpoch?.(epoch, () => this.capture(reached)));
    }
    await this.pending;
    return this.final(epoch);
  }

  /** Work in the background; whoever waits for it next hears of its failure. */
  private afterEpoch(pending: void | Promise<void>): void {
    this.pending = pending ?? undefined;
    this.pending?.catch(() => undefined);
  }

  private async epoch(epoch: number, pace: Pace): Promise<void> {
    const { task, released } = this;
    const { recipe, key, onProgress } = task;
    const loop = this.loop(epoch);
    await released.beforeEpoch?.(loop);
    const batches =
      released.batches?.(epoch) ?? shuffledBatches(this.training.y.length, recipe.batchSize, key, epoch);
    const steps = batches.length;
    for (const [i, records] of batches.entries()) {
      const step = i + 1;
      await this.breathe(epoch, `, step ${step}`);
      const { x, oneHot } = this.source.take(records, epoch);
      const gradient = released.gradient({
        tf: this.tf,
        network: task.network,
        tensors: this.weights.tensors,
        x,
        oneHot,
        records,
        key: { ...key, epoch, step },
        learningRate: loop.learningRate,
      });
      this.tf.dispose([x, oneHot]);
      const loss = this.update(gradient, { epoch, step, learningRate: loop.learningRate, records });
      await this.pending;
      onProgress?.(pace.step(records.length, { epoch, step, steps, loss }));
    }
    await released.afterEpoch?.(loop);
  }

  /** One update. Returns the mean of the values. */
  private update(
    gradient: StepGradient,
    at: Omit<ConstructorParameters<typeof TrainingDiverged>[0], 'loss'>,
  ): number {
    const { tf, weights } = this;
    const loss = tf.tidy(() => gradient.values.mean().dataSync()[0]);
    gradient.values.dispose();
    if (!Number.isFinite(loss)) {
      tf.dispose([[...gradient.gradients], [...gradient.buffers]]);
      throw new TrainingDiverged({ ...at, loss });
    }
    weights.update(gradient, at.learningRate);
    return loss;
  }

  private loop(epoch: number): Loop {
    const { tf, task, weights } = this;
    const { network, key } = task;
    const learningRate = learningRateAt(task.recipe, epoch - 1);
    return {
      tf,
      network,
      key,
      epoch,
      epochs: this.last,
      learningRate,
      get tensors() {
        return weights.tensors;
      },
      batch: (records) => this.source.take(records, epoch),
      update: (gradient) => void this.update(gradient, { epoch, step: 'extra pass', learningRate }),
      breathe: () => this.breathe(epoch, ''),
    };
  }

  /** Lets interrupts and messages in; costs microseconds. */
  private async breathe(epoch: number, step: string): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.signal?.aborted) throw new Interrupted(`Training was interrupted at epoch ${epoch}${step}.`);
  }

  private evaluate(epoch: number): void {
    const { task, weights } = this;
    const { evaluation, signals } = evaluate(task, weights.released, epoch);
    this.history.push(evaluation);
    this.outputs = signals.logits as Float32Array;
    if (task.recipe.patience !== null) this.compare(epoch);
    task.onEvaluation?.(signals, epoch);
  }

  /** Keeps the weights if they are the best so far on the inference set. */
  private compare(epoch: number): void {
    const { task, weights, tf } = this;
    const { x, y } = task.inference!;
    const logits = logitsOf(tf, task.network, weights.released, x);
    const losses = ceLosses({ n: y.length, classes: task.network.classes, logits, labels: y });
    const value = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    if (this.best !== null && value >= this.best.value) return;
    const { parameters, buffers } = weights.released;
    this.best = { epoch, value, parameters: arraysOf(tf, parameters), buffers: arraysOf(tf, buffers) };
  }

  private isStopped(): boolean {
    const { patience } = this.task.recipe;
    if (patience === null || this.best === null) return false;
    const { epoch } = this.best;
    return this.history.filter((evaluation) => evaluation.epoch > epoch).length >= patience;
  }

  private capture(epoch: number): TrainingState {
    return {
      ...this.weights.capture(),
      epoch,
      defense: this.released.state?.() ?? {},
      history: [...this.history],
      outputs: this.outputs,
      best: this.best,
    };
  }

  /** The state to release: with early stop that of the best evaluation. */
  private final(epoch: number): TrainingState {
    const state = this.capture(epoch);
    if (this.best === null || this.best.epoch === epoch) return state;
    const { tf, task, best } = this;
    const { network } = task;
    const weights = new TrainedWeights(tf, network, task.recipe, { ...state, ...best, ema: null });
    try {
      const { signals } = evaluate(task, weights.tensors, best.epoch);
      const history = this.history.filter((evaluation) => evaluation.epoch <= best.epoch);
      const ema = state.ema === null ? null : best.parameters;
      const { parameters, buffers } = best;
      return { ...state, parameters, buffers, ema, history, outputs: signals.logits as Float32Array };
    } finally {
      weights.dispose();
    }
  }

  dispose(): void {
    this.released.dispose?.();
    this.weights.dispose();
    this.source.dispose();
  }
}
