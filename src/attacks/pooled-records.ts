import { joined } from '../platform/math/joined';
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

/** The rows of some records under each of the models, [models * n] in `all`. */
export function ofRecords(all: ScoredRecords, n: number, records: Int32Array): ScoredRecords {
  const size = records.length;
  const count = (all.scores.length / n) * size;
  const from = Int32Array.from({ length: count }, (_, at) => Math.floor(at / size) * n + records[at % size]);
  return {
    scores: Float64Array.from(from, (at) => all.scores[at]),
    labels: Int32Array.from(from, (at) => all.labels[at]),
    members: Uint8Array.from(from, (at) => all.members[at]),
  };
}
