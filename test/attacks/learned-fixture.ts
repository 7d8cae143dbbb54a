import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import type { SignalSet } from '../../src/signals/signal-set';

interface SetArrays {
  readonly labels: number[];
  readonly members: number[][];
  readonly logits: number[][];
  readonly classes: number;
}

/** What test/fixtures/attacks/make-learned-attacks.py computed with scikit-learn, numpy, scipy and PyTorch. */
export interface LearnedFixture extends SetArrays {
  readonly groups: string[];
  readonly logistic: number[];
  readonly knn: number[];
  readonly svm: number[];
  readonly pooled: number[];
  readonly width: number;
  readonly asked: number[];
  readonly thresholds: { by: 'all' | 'class' | 'group'; oracle: boolean; scores: number[] }[];
  readonly songMittal: number[];
  readonly tfPrivacy: number[];
  readonly tfPrivacyInSample: number[];
  readonly hamp: number[];
  readonly distillation: SetArrays & { readonly scores: (number | null)[] };
  readonly nets: Record<
    'relu' | 'tanh',
    {
      layers: { inputs: number; outputs: number; weights: number[]; biases: number[] }[];
      x: number[];
      labels: number[];
      norms: number[][];
    }
  >;
  readonly quality: SetArrays & {
    readonly areas: Record<'nn' | 'random-forest' | 'svm', { mean: number }>;
  };
}

export const fixture = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'attacks', 'learned-attacks.json'), 'utf8'),
) as LearnedFixture;

export function setOf(arrays: SetArrays, groups?: readonly string[]): SignalSet {
  return memorySignalSet({
    labels: arrays.labels,
    members: arrays.members,
    logits: arrays.logits.map((row) => Float64Array.from(row)),
    classes: arrays.classes,
    ...(groups ? { groups } : {}),
  });
}

/**
 * The same set with one judged record: shadow models then do not tell the judged apart, and attackers learn from all rows
 * at once and score all, as the codes do that the fixtures come from.
 */
export function learnedAtOnce(set: SignalSet): SignalSet {
  return { ...set, audited: Uint8Array.from({ length: set.n }, (_, i) => (i === 0 ? 1 : 0)) };
}

/** The largest |a - b| / max(1, |b|). */
export function largestError(found: ArrayLike<number>, wanted: readonly number[]): number {
  return Math.max(...wanted.map((value, i) => Math.abs(found[i] - value) / Math.max(1, Math.abs(value))));
}
