import { UserError } from '../../errors';
import type { ModelSpec, Network } from '../../models/network';
import { modelFromData } from '../../models/registry';
import type { Backend } from '../../platform/backend/backend';
import { onPlainBackend } from '../../platform/backend/reference';
import type { Tensor, Tensor2D, TensorFlow } from '../../platform/backend/tensor';
import {
  type Defense,
  type DefenseSetup,
  type Loop,
  type LoopRun,
  type LossOnBatch,
  type StepGradient,
  type TeacherOutputs,
} from '../../training/defense';
import { openLoop } from '../../training/batch-loss';
import { recipe } from '../../training/recipe';
import type { Records } from '../../training/records';
import { defendedNetwork } from '../../training/train';
import { startState } from '../../training/weights';
import { Digest } from './digest';

const classes = 4;
const features = 5;
const plainModel: ModelSpec = { name: 'mlp', options: { features, classes, hidden: [6] } };
const records = 64;
/** Of a batch on its own, and of one that goes through a network. */
const [rows, stepRows] = [24, 10];
const key = { seed: 7, role: 'target', index: 0 } as const;
const epochs = 40;
const settings = recipe('study', { epochs, batchSize: stepRows, milestones: [20] });

type Times = readonly { readonly epoch: number; readonly step: number; readonly scale: number }[];

/** On logits of another scale each: what depends on time or size shows. */
const everyEpoch: Times = Array.from({ length: epochs }, (_, i) => ({
  ...{ epoch: i + 1, step: 1 + (i % 2) },
  scale: [1, 0.05, 2][i % 3],
}));

/** Early, in the next epoch, and late: when the entries of known-families.ts were looked at. */
export const knownTimes: Times = [
  { epoch: 1, step: 1, scale: 1 },
  { epoch: 2, step: 2, scale: 0.05 },
  { epoch: 30, step: 1, scale: 2 },
];

/**
 * What a defense computes, in 16 hex digits: its changes of network and recipe, its teachers, its loss on fixed logits or
 * the gradients of fixed steps of a tiny network, and what it makes of fixed answers. Equal on every processor and backend
 * (see `onPlainBackend`). A hook that awaits is seen up to its first await.
 *
 * @param times when it is looked at; default every epoch of a training of 40
 */
export function defenseFingerprint(defense: Defense, times: Times = everyEpoch): string {
  return onPlainBackend((tf) => {
    const digest = new Digest();
    digestDefense(tf, defense, { digest, times });
    return digest.end();
  });
}

/** Numbers without structure in [-1, 1], the same everywhere. */
function numbers(n: number, shift: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => {
    const x = ((i + 1) * 0.754877666 + shift * 0.569840291) % 1;
    return 2 * x - 1;
  });
}

function recordsOf(shift: number): Records {
  return {
    x: numbers(records * features, shift),
    y: Int32Array.from({ length: records }, (_, i) => i % classes),
  };
}

/** Logits whose true class has probabilities from 1e-5 to 1 - 1e-5, the others in no order; times a scale. */
function logitsFor(labels: ArrayLike<number>, scale = 1): Float32Array {
  const z = numbers(labels.length * classes, 3);
  for (let i = 0; i < labels.length; i++) z[i * classes + labels[i]] += ((i % rows) / (rows - 1) - 0.5) * 24;
  return z.map((each) => scale * each);
}

function digestDefense(tf: TensorFlow, defense: Defense, into: { digest: Digest; times: Times }): void {
  const { digest, times } = into;
  const network = defendedNetwork({ network: modelFromData(plainModel), defense });
  digest.text(JSON.stringify([network.spec, defense.recipe?.(settings) ?? settings]));
  const [members, inference] = [recordsOf(1), recordsOf(2)];
  const setup: DefenseSetup = { members, inference, classes, inputShape: network.inputShape, key };
  const teachers = defense.teachers?.(setup) ?? [];
  for (const { name, index, records: own, recipe: changed } of teachers) {
    digest.text(JSON.stringify([name, index, changed?.(settings) ?? null]));
    digest.numbers('teacher', own);
  }
  // Sub-models are alike: the first and the last stand for all.
  for (const teacher of new Set([teachers[0], teachers[teachers.length - 1]])) {
    if (teacher !== undefined) digestDefense(tf, teacher.defense, into);
  }
  const outputs = teachers.map((_, i): TeacherOutputs => ({
    members: numbers(records * classes, 4 + i),
    inference: numbers(records * classes, 5 + i),
    logits: (x) => numbers((x.length / features) * classes, 6 + i),
  }));
  const released = defense.training(setup, outputs);
  const training = released.training ?? members;
  digest.numbers('records', training.x);
  digest.numbers('classes', training.y);
  if ('loss' in released) digestLoss(tf, released.loss, into);
  else {
    const run = openLoop(released, {
      backend: plain(tf),
      network,
      recipe: settings,
      training,
      inference,
      key,
    });
    try {
      digestLoop(tf, run, { network, training, digest, times });
    } finally {
      run.dispose?.();
    }
  }
  const filter = defense.outputs?.({
    ...{ ...setup, tf, network },
    logits: (x) => numbers((x.length / features) * classes, 8),
  });
  const asked = { x: members.x.subarray(0, rows * features), y: members.y.subarray(0, rows) };
  if (filter !== undefined) digest.numbers('answers', filter(logitsFor(asked.y), asked.x));
}

function plain(tf: TensorFlow): Backend {
  return { tf, name: 'cpu', version: 'reference', threads: 1, gpu: false };
}

function digestLoss(
  tf: TensorFlow,
  loss: LossOnBatch,
  { digest, times }: { digest: Digest; times: Times },
): void {
  const own = Int32Array.from({ length: rows }, (_, i) => i);
  const labels = own.map((i) => (i * 3) % classes);
  for (const { scale, ...time } of times) {
    tf.tidy(() => {
      const z = tf.tensor2d(logitsFor(labels, scale), [rows, classes]);
      const { values, logitGradient } = loss(tf, { z, oneHot: oneHotOf(tf, labels), records: own, ...time });
      digest.numbers('losses', values.dataSync());
      digest.numbers('gradient', logitGradient.dataSync());
    });
  }
}

function oneHotOf(tf: TensorFlow, labels: ArrayLike<number>): Tensor2D {
  return tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), classes).toFloat() as Tensor2D;
}

function digestLoop(
  tf: TensorFlow,
  run: LoopRun,
  { network, training, digest, times }: { network: Network; training: Records; digest: Digest; times: Times },
): void {
  const gradient = gradientOf(tf, run, network, training);
  const tensors = startTensors(tf, network);
  const digestStep = ({ values, gradients }: StepGradient): void => {
    digest.numbers('losses', values.dataSync());
    gradients.forEach((each) => digest.numbers('gradient', each.dataSync()));
  };
  for (const { epoch, step } of times) {
    const loop: Loop = {
      ...{ tf, network, tensors, key, epoch, epochs: settings.epochs, learningRate: 0.1 },
      batch: (chosen) => batchOf(tf, training, chosen),
      update: digestStep,
      // What comes after belongs to another turn of the process, where this backend is gone.
      breathe: () => new Promise(() => undefined),
    };
    settle(run.beforeEpoch?.(loop));
    for (const batch of run.batches?.(epoch) ?? []) digest.numbers('batch', batch);
    digestStep(gradient({ ...key, epoch, step }));
    settle(run.afterEpoch?.(loop));
  }
  for (const [name, values] of Object.entries(run.state?.() ?? {})) digest.numbers(name, values);
}

/** A hook that goes on after its first await has nothing to compute with, and may fail unheard. */
function settle(pending: void | Promise<void>): void {
  if (pending instanceof Promise) pending.catch(() => undefined);
}

function startTensors(tf: TensorFlow, network: Network) {
  const { parameters, buffers } = startState(network, settings, key);
  return {
    parameters: parameters.map((values, i): Tensor => tf.tensor(values, [...network.parameters[i].shape])),
    buffers: buffers.map((values, i): Tensor => tf.tensor(values, [...network.buffers[i].shape])),
  };
}

function batchOf(tf: TensorFlow, { x, y }: Records, chosen: Int32Array): { x: Tensor; oneHot: Tensor2D } {
  const taken = Array.from(chosen, (record) =>
    Array.from(x.subarray(record * features, (record + 1) * features)),
  );
  return {
    x: tf.tensor2d(taken),
    oneHot: oneHotOf(
      tf,
      chosen.map((record) => y[record]),
    ),
  };
}

function gradientOf(tf: TensorFlow, run: LoopRun, network: Network, training: Records) {
  const own = Int32Array.from({ length: stepRows }, (_, i) => i);
  return (at: { seed: number; role: 'target'; index: number; epoch: number; step: number }): StepGradient =>
    run.gradient({
      ...{ tf, network, tensors: startTensors(tf, network), records: own, key: at, learningRate: 0.1 },
      ...batchOf(tf, training, own),
    });
}

/**
 * Looks at a defense as `defenseFingerprint` does, twice and with other seeds.
 *
 * @throws UserError for numbers that are not the same again (Math.random, a clock), and for noise on gradients that differs
 *   from seed to seed but not from step to step
 */
export function checkDefense(defense: Defense): void {
  if (defenseFingerprint(defense) !== defenseFingerprint(defense)) {
    throw new UserError(
      `The defense ${defense.label} computes other numbers the second time, so that no result could be made again. ` +
        'Take random numbers from randomStream with the key of the step, not from Math.random or a clock.',
    );
  }
  if (!defense.changes.includes('gradient')) return;
  const network = defendedNetwork({ network: modelFromData(plainModel), defense });
  const [members, inference] = [recordsOf(1), recordsOf(2)];
  const gradients = onPlainBackend((tf) => {
    const setup = { members, inference, classes, inputShape: network.inputShape };
    const at = (seed: number, epoch: number, step: number): string => {
      const own = { ...key, seed };
      const released = defense.training({ ...setup, key: own }, []);
      const common = { network, recipe: settings, inference, key: own };
      const run = openLoop(released, { ...common, backend: plain(tf), training: members });
      const digest = new Digest();
      const { gradients: found } = gradientOf(tf, run, network, members)({ ...own, epoch, step });
      found.forEach((each) => digest.numbers('gradient', each.dataSync()));
      run.dispose?.();
      return digest.end();
    };
    return { first: at(1, 1, 1), otherSeed: at(2, 1, 1), later: [at(1, 1, 2), at(1, 2, 1)] };
  });
  if (gradients.first !== gradients.otherSeed && gradients.later.includes(gradients.first)) {
    throw new UserError(
      `The defense ${defense.label} adds the same noise in every step, which averages to nothing one can rely on. ` +
        'Make its random stream from the whole key of the step: randomStream({ ...step.key, purpose }).',
    );
  }
}
