// Types only: folders that never load TensorFlow.js may still say what a tensor is and call its methods.
import type {} from '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';

export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** The module of TensorFlow.js; all of its functions, whichever backend computes. */
export type TensorFlow = typeof import('@tensorflow/tfjs');
