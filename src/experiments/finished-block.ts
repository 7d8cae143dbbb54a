import type { NamedArray } from '../platform/formats/safetensors';
import type { ModelSignals } from '../signals/model-signals';
import type { ModelAddress } from './block';

/** What a finished model gives to the attacks. */
export interface FinishedModel extends ModelAddress {
  /** Its own records, [n], numbers in the data set: members first, then non-members. */
  readonly records: Int32Array;
  /** Outputs on them after the last epoch, as an adversary sees them. */
  readonly signals: ModelSignals;
  /** The evaluated epochs, [E]. */
  readonly epochs: Int32Array;
  /** CE losses of the undefended outputs on the way, row-major [E, n]. */
  readonly losses: Float64Array;
  /** 1 where the prediction was right, row-major [E, n]. */
  readonly correct: Uint8Array;
  /** Outputs on the records of the other side, which it was not trained on. */
  readonly elsewhere: {
    /** Numbers in the data set, [m]. */
    readonly records: Int32Array;
    /** True classes, [m]. */
    readonly labels: Int32Array;
    /** Row-major [m, classes]. */
    readonly logits: Float32Array;
  };
}

/** The weights of a model by PyTorch's names, in the backend's layout. */
export type NamedWeights = Readonly<Record<string, NamedArray>>;

/** A block as it comes from training. */
export interface TrainedBlock {
  readonly models: readonly FinishedModel[];
  /** In the order of the models. */
  readonly weights: readonly NamedWeights[];
}
