import { kernelsOf } from '../backend/kernels-of';
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../backend/tensor';
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
      const pass = backwardPass(tf, tensors, saved, { keepSaved, norms: null });
      return tidily(tf, () => {
        const input = root.backward(pass, logitGradient.clone(), inputGradient);
        return { parameters: pass.gradients, input };
      });
    },
    exampleSquaredNorms(tf, tensors, saved, logitGradient) {
      if (hasBatchNorm) {
        throw new UserError(
          `${frame.spec.name} has batch norm, so that a record's gradient depends on its batch. ` +
            "Use the option norm: 'group'.",
        );
      }
      const norms: Tensor1D[] = [];
      const pass = backwardPass(tf, tensors, saved, { keepSaved: true, norms });
      return tidily(tf, () => {
        root.backward(pass, logitGradient.clone(), false);
        return tf.addN(norms);
      });
    },
  };
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
  { keepSaved, norms }: { keepSaved: boolean; norms: Tensor1D[] | null },
): BackwardPass {
  let next = saved.length;
  return {
    tf,
    kernels: kernelsOf(tf),
    parameters,
    gradients: [],
    norms,
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
