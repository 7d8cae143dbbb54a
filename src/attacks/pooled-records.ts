import { joined } from '../math/joined';
import type { ModelSignals } from '../signals/model-signals';
import type { ScoreAttack } from './attack';
import type { ScoredRecords } from './class-thresholds';

/** The scored records of several models of known membership, one model after the other. */
export function pooledRecords(attack: ScoreAttack, models: readonly ModelSignals[]): ScoredRecords {
  return {
    scores: joined(
      Float64Array,
      models.map((model) => attack.score(model)),
    ),
    labels: joined(
      Int32Array,
      models.map(({ labels }) => labels),
    ),
    members: joined(
      Uint8Array,
      models.map(({ members }) => members),
    ),
  };
}
