import { kernelsOf } from '../platform/backend/kernels-of';
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import { badInput, UserError } from '../errors';
import type { BackwardPass, ForwardPass, Layer } from './layers/layer';
import type { ModelSpec, Network, NetworkTensors, Saved, StepKey } from './network';
import { elements, type NetworkBuilder } from './network-builder';

/** Where a network stands in the registry, and what it takes. */
export interface NetworkFrame {
  readonly spec: ModelSpec;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly revision: number;
}

/** Makes a network of layers and of the arrays that they registered. */
export function layeredNetwork(frame: NetworkFrame, builder: NetworkBuilder, root: Layer): Network {
  const { parameters, buffers, hasBatchNorm, hasConvolutions } = builder;
  const { inputShape } = frame;
  return {
    ...frame,
    parameters,
    buffers,
    hasBatchNorm,
    hasConvolutions,
    parameterCount: parameters.reduce((sum, info) => sum + elements(info), 0),
    initial: (key) => builder.initial(key),
    logits(tf, tensors, x) {
      checkInput(x, inputShape);
      const pass = forwardPass(tf, tensors, null, (kept) => tf.dispose(kept));
      return tidily(tf, () => root.forward(pass, x.clone()) as Tensor2D);
    },
    forward(tf, tensors, x, key) {
      checkInput(x, inputShape);
      const saved: Tensor[][] = [];
      const pass = forwardPass(tf, tensors, key, (kept) => saved.push(kept));
      return tidily(tf, () => {
        const logits = root.forward(pass, x.clone()) as Tensor2D;
        return { logits, saved, buffers: pass.newBuffers };
      });
    },
    backward(tf, tensors, saved, logitGradient, { inputGradient = false, keepSaved = false } = {}) {
      const pass = backwardPass(tf, tensors, saved, { keepSaved });
      return tidily(tf, () => {
        const input = root.backward(pass, logitGradient.clone(), inputGradient);
        return { parameters: pass.gradients, input };
      });
    },
    exampleSquaredNorms(tf, tensors, saved, logitGradient) {
      checkRecordsApart(frame.spec, hasBatchNorm);
      const norms: Tensor1D[] = [];
      const pass = backwardPass(tf, tensors, saved, { keepSaved: true });
      return tidily(tf, () => {
        root.backward(withNorms(pass, norms), logitGradient.clone(), false);
        return tf.addN(norms);
      });
    },
    clippedGradients(tf, tensors, saved, logitGradient, { clipNorm, scale = 1 }) {
      checkRecordsApart(frame.spec, hasBatchNorm);
      const norms: Tensor1D[] = [];
      const later: LaterGradients[] = [];
      const pass = backwardPass(tf, tensors, saved, { keepSaved: true });
      return tidily(tf, () => {
        root.backward(withNorms(pass, norms, later), logitGradient.clone(), false);
        const factors = tf.div(clipNorm * scale, tf.addN(norms).sqrt().maximum(clipNorm));
        // Every layer passes gradients on row by row: rows times factors here are logit gradients times factors.
        for (const { dy, make } of later.reverse()) {
          const scaled = dy.mul(factors.reshape([-1, ...dy.shape.slice(1).map(() => 1)]));
          make(scaled);
          tf.dispose([dy, scaled]);
        }
        saved.forEach((kept) => tf.dispose([...kept]));
        return pass.gradients;
      });
    },
  };
}

/** Gradients of a layer that wait for the factors of the records. */
interface LaterGradients {
  readonly dy: Tensor;
  readonly make: (dy: Tensor) => void;
}

/** The pass with squared gradient lengths instead of gradients; with `later`, gradients can be made afterwards. */
function withNorms(pass: BackwardPass, norms: Tensor1D[], later?: LaterGradients[]): BackwardPass {
  return {
    ...pass,
    parameterGradients(dy, make, squaredNorms) {
      norms.push(squaredNorms());
      later?.push({ dy: dy.clone(), make });
    },
  };
}

function checkRecordsApart({ name }: ModelSpec, hasBatchNorm: boolean): void {
  if (hasBatchNorm) {
    throw new UserError(
      `${name} has batch norm, so that a record's gradient depends on its batch. Use the option norm: 'group'.`,
    );
  }
}

/** Layers dispose what they use; this is for an error on the way, which would leave the rest behind. */
function tidily<T>(tf: TensorFlow, work: () => T): T {
  // The types of tidy know no read-only arrays and no null, which it passes through all the same.
  return tf.tidy(work as unknown as () => Tensor) as unknown as T;
}

function forwardPass(
  tf: TensorFlow,
  { parameters, buffers }: NetworkTensors,
  key: StepKey | null,
  keep: (kept: Tensor[]) => void,
): ForwardPass {
  return {
    tf,
    kernels: kernelsOf(tf),
    parameters,
    buffers,
    key,
    newBuffers: [],
    keep: (...tensors) => keep(tensors),
  };
}

function backwardPass(
  tf: TensorFlow,
  { parameters }: NetworkTensors,
  saved: Saved,
  { keepSaved }: { keepSaved: boolean },
): BackwardPass {
  let next = saved.length;
  return {
    tf,
    kernels: kernelsOf(tf),
    parameters,
    gradients: [],
    parameterGradients: (dy, make) => make(dy),
    take: () => saved[--next],
    release(taken) {
      if (!keepSaved) taken.forEach((tensor) => tensor.dispose());
    },
  };
}

function checkInput(x: Tensor, inputShape: readonly number[]): void {
  if (x.shape.slice(1).join() !== inputShape.join() || x.shape.length !== inputShape.length + 1) {
    throw badInput(
      'shape of the input',
      x.shape,
      `must be [batch, ${inputShape.join(', ')}]`,
      'Make the network for these records, or reshape them',
    );
  }
}
