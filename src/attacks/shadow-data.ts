import { badInput } from '../errors';
import { joined } from '../platform/math/joined';
import type { ModelSignals } from '../signals/model-signals';
import type { SignalSet } from '../signals/signal-set';
import { shadowModels } from './shadow-models';

/** Records of several shadow models one after the other, for an attacker of one's own. */
export interface ShadowData extends ModelSignals {
  /** Which model of the set each row is of, [n]. */
  readonly models: Int32Array;
  /** Which record of the set each row is, [n]. */
  readonly records: Int32Array;
}

/**
 * Shadow-model utility (Shokri et al. 2017, arXiv:1610.05820, section V): what an attacker of one's own learns from. The outputs,
 * labels and membership of the shadow models, pooled; the target is never among them.
 *
 * @param options.models positions of models in the set; default all with members and non-members, at most eight
 * @throws UserError if there is none, or the target is named
 */
export function shadowData(
  set: SignalSet,
  options: { readonly models?: readonly number[] } = {},
): ShadowData {
  const { models = shadowModels(set) } = options;
  if (models.length === 0) {
    throw badInput(
      'the number of shadow models',
      0,
      'an attacker learns from at least one',
      'Pass models with members and non-members among the records',
    );
  }
  for (const m of models) {
    if (Number.isInteger(m) && m >= 0 && m < set.models && m !== set.target) continue;
    throw badInput(
      'models',
      m,
      `must be in 0 .. ${set.models - 1} and not the target ${set.target}`,
      'Name shadow models',
    );
  }
  const all = models.map((m) => set.model(m));
  const n = all.length * set.n;
  return {
    n,
    classes: set.classes,
    logits: joined(
      Float64Array,
      all.map(({ logits }) => Float64Array.from(logits)),
    ),
    labels: joined(
      Int32Array,
      all.map(({ labels }) => labels),
    ),
    members: joined(
      Uint8Array,
      all.map(({ members }) => members),
    ),
    models: Int32Array.from({ length: n }, (_, i) => models[Math.floor(i / set.n)]),
    records: Int32Array.from({ length: n }, (_, i) => i % set.n),
  };
}
