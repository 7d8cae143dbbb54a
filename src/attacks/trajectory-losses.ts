import { badInput } from '../errors';
import { ceLosses } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { SignalSet } from '../signals/signal-set';

/** The trajectory of a model that the adversary trained, with its membership: what an attack is fitted on. */
export interface ShadowTrajectory {
  readonly epochs: number;
  /** Logits after each epoch, or of the models distilled from the shadow model, row-major [n, E, k]. */
  readonly logits: Float32Array | Float64Array;
  /** Its final outputs, labels and membership, on the same n records. */
  readonly final: ModelSignals;
}

/** A trajectory with the final outputs of the model that it leads to. */
export interface Trajectory {
  readonly n: number;
  readonly classes: number;
  readonly epochs: number;
  readonly logits: Float32Array | Float64Array;
  readonly final: ModelSignals;
}

/**
 * The target's trajectory.
 *
 * @throws UserError if the set has none
 */
export function targetTrajectory(set: SignalSet, attack: string): Trajectory {
  if (set.trajectory === undefined) {
    throw badInput('trajectory', undefined, `${attack} needs it`, 'Pass the array trajectory [N, E, K]');
  }
  const { n, classes } = set;
  return { n, classes, ...set.trajectory, final: set.model(set.target) };
}

/**
 * The shadow model's trajectory, checked against the target's.
 *
 * @throws UserError if epochs, classes or lengths do not fit
 */
export function shadowTrajectory(
  { epochs, logits, final }: ShadowTrajectory,
  target: Trajectory,
): Trajectory {
  const { n, classes } = final;
  if (epochs !== target.epochs || classes !== target.classes || logits.length !== n * epochs * classes) {
    throw badInput(
      'the shadow trajectory [n, E, k]',
      `${n}, ${epochs}, ${classes} with ${logits.length} logits`,
      `epochs and classes must be those of the target, ${target.epochs} and ${target.classes}`,
      'Train or distill the shadow model as the target',
    );
  }
  return { n, classes, epochs, logits, final };
}

/** The outputs after one epoch, as signals of their own. */
export function atEpoch({ n, classes, epochs, logits, final }: Trajectory, epoch: number): ModelSignals {
  const own = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    const start = (i * epochs + epoch) * classes;
    own.set(logits.subarray(start, start + classes), i * classes);
  }
  return { n, classes, logits: own, labels: final.labels, members: final.members };
}

/** Cross-entropy losses after each epoch: E arrays [n]. */
export function lossesByEpoch(trajectory: Trajectory): Float64Array[] {
  return Array.from({ length: trajectory.epochs }, (_, epoch) => ceLosses(atEpoch(trajectory, epoch)));
}
