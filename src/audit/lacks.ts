import type { Need, SetAttack } from '../attacks/attack';
import { shadowModels } from '../attacks/shadow-models';
import { referenceModels, type SignalSet } from '../signals/signal-set';

/** An attack on single records needs its models for at least this share of them. */
const nearlyEvery = 0.5;

/** What a set holds of everything that an attack may need. */
export function present(set: SignalSet): ReadonlySet<Need> {
  const others = referenceModels(set);
  const share = (wanted: 0 | 1): number => {
    let covered = 0;
    for (let i = 0; i < set.n; i++) if (others.some((m) => set.members[m][i] === wanted)) covered++;
    return covered / set.n;
  };
  const holds: Readonly<Record<Need, boolean>> = {
    'shadow models': shadowModels(set).length > 0,
    'in-models': share(1) >= nearlyEvery,
    'out-models': share(0) >= nearlyEvery,
    augmented: set.augmented !== undefined,
    population: set.population !== undefined,
    gradient_norms: set.gradientNorms !== undefined,
    trajectory: set.trajectory !== undefined,
    groups: set.groups !== undefined,
    query: false,
  };
  return new Set((Object.keys(holds) as Need[]).filter((need) => holds[need]));
}

/** Attacks that look at the probability of the true class alone. */
const onTrueClass =
  /^(confidence|loss|scaled-logit|population|attack-r|difficulty-calibration|likelihood-ratio|base|lira|rmia|threshold\/scaled-logit-(?:all|group))(?![a-z])/;

const remedies: Readonly<Record<Need, string>> = {
  'shadow models':
    'outputs of at least one model that the auditor trained, with members and non-members among the records',
  'in-models': 'reference models that were trained on the records (members [M, N] with ones)',
  'out-models': 'reference models that were not trained on the records (members [M, N] with zeros)',
  augmented: 'the array augmented [M, N, A, K]',
  population: 'the arrays population_logits [M, Z, K] and population_labels [Z]',
  gradient_norms: 'the array gradient_norms [M, N, ...]',
  trajectory: 'the array trajectory [N, E, K]',
  groups: 'a group for each record (groups [N])',
  query:
    'a function that asks the model for the labels of altered inputs, which no file holds: call it from code',
};

/** What an attack misses in a set, with the reason in words; null where it can run. */
export function lacks(
  attack: SetAttack,
  holds: ReadonlySet<Need>,
  { statistic }: Pick<SignalSet, 'statistic'> = {},
): { readonly lacks: readonly Need[]; readonly reason: string } | null {
  if (statistic !== undefined && !onTrueClass.test(attack.name)) {
    return { lacks: [], reason: `needs whole outputs: the file holds ${statistic} alone` };
  }
  const missing = attack.needs.filter((need) => !holds.has(need));
  if (missing.length === 0) return null;
  return { lacks: missing, reason: `needs ${missing.map((need) => remedies[need]).join('; and ')}` };
}
