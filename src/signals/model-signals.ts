/**
 * What one model gives away: its outputs on records whose membership is known to the evaluator.
 * This is the waist of the laboratory: training writes it, attacks read it, and so may any other framework.
 */
export interface ModelSignals {
  /** Number of records n. */
  readonly n: number;
  /** Number of classes k. */
  readonly classes: number;
  /** Logits, row-major [n, k]. */
  readonly logits: Float32Array | Float64Array;
  /** True classes, [n], each in 0 .. k-1. */
  readonly labels: Int32Array;
  /** Membership, [n]: 1 = the record was in this model's training set, 0 = it was not. */
  readonly members: Uint8Array;
}
