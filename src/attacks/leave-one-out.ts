import { badInput, Interrupted } from '../errors';
import type { PooledScores } from '../metrics/pooled-over-models';
import type { SignalSet } from '../signals/signal-set';
import { withTarget } from '../signals/statistics';
import { distinctNotes, type Attack, type AttackContext, type AttackNote, type AttackScores } from './attack';

/** Scores of all pairs of model and record, one after the other; pairs that could not be scored are left out. */
export interface LeaveOneOutScores {
  /** [pairs], higher = member. */
  readonly scores: Float64Array;
  /** [pairs], 1 = the record was in that model's training set. */
  readonly members: Uint8Array;
  /** [pairs], the model of each pair, in 0 .. M-1. */
  readonly models: Int32Array;
  /** [pairs], the record of each pair, in 0 .. n-1. */
  readonly records: Int32Array;
  /** What the attack gave for each model that was a target, in that order. */
  readonly byModel: readonly { readonly model: number; readonly found: AttackScores }[];
  readonly notes: readonly AttackNote[];
}

/**
 * Each model in turn as the target, with all others as its reference models: M n scores instead of n, which is what TPR at a
 * low FPR asks for (Aerni, Zhang and Tramer 2024, arXiv:2404.17399). The attack compares each record with equal numbers of
 * in- and out-models, without which the plan of the models would tell their membership (`comparedModels`). The pairs are not
 * independent; `pooledOverModels` has intervals for them. Statistics of the models are made once for all targets.
 *
 * @throws UserError with fewer than two models, for an attack fitted on the target's membership, or as the attack does
 * @throws Interrupted if the signal aborts
 */
export function leaveOneOut(set: SignalSet, attack: Attack, context: AttackContext): LeaveOneOutScores {
  const targets = Array.from({ length: set.models }, (_, m) => m);
  if (set.models < 2) {
    throw badInput(
      'the number of models',
      set.models,
      'leave-one-out needs a target and a reference model',
      'Pass outputs of several models',
    );
  }
  if (attack.fittedOn === 'target') {
    throw badInput(
      'attack',
      attack.name,
      "is fitted on the target's membership, so its scores of several models mean nothing together",
      'Choose another one',
    );
  }
  const byModel = targets.map((model) => {
    if (context.signal?.aborted)
      throw new Interrupted(`${attack.name} was interrupted before model ${model}.`);
    return { model, found: attack.scores(withTarget(set, model), context) };
  });
  const pairs = byModel.reduce((sum, { found }) => sum + usableCount(found, set.n), 0);
  const all = {
    scores: new Float64Array(pairs),
    members: new Uint8Array(pairs),
    models: new Int32Array(pairs),
    records: new Int32Array(pairs),
  };
  let at = 0;
  for (const { model, found } of byModel) {
    for (let i = 0; i < set.n; i++) {
      if (found.usable?.[i] === 0) continue;
      all.scores[at] = found.scores[i];
      all.members[at] = set.members[model][i];
      all.models[at] = model;
      all.records[at] = i;
      at++;
    }
  }
  const left = targets.length * set.n - pairs;
  const notes = distinctNotes(
    byModel.flatMap(({ found }) => (found.usable === undefined ? found.notes : [])),
  );
  const of = targets.length * set.n;
  return {
    ...all,
    byModel,
    notes: left === 0 ? notes : [...notes, { code: 'unscored-pairs', pairs: left, of }],
  };
}

/** The scores as a table of models and records, of the records that are scored under every model. */
export function pooledTable({ byModel }: LeaveOneOutScores, set: SignalSet): PooledScores {
  const kept = Uint32Array.from(set.labels.keys()).filter((i) =>
    byModel.every(({ found }) => found.usable?.[i] !== 0),
  );
  return {
    scores: byModel.map(({ found }) => Float64Array.from(kept, (i) => found.scores[i])),
    members: byModel.map(({ model }) => Uint8Array.from(kept, (i) => set.members[model][i])),
  };
}

function usableCount({ usable }: AttackScores, n: number): number {
  return usable === undefined ? n : usable.reduce((sum, flag) => sum + flag, 0);
}
