import type { Attack, Need } from '../attacks/attack';
import { comparedModels, type Compared } from '../attacks/compared-models';
import { shadowModels } from '../attacks/shadow-models';
import type { SignalSet } from '../signals/signal-set';

/** An attack on single records must be able to compare this share of them, members and non-members among them. */
const enough = 0.1;

/** What a set holds of everything that an attack may need. */
export function present(set: SignalSet): ReadonlySet<Need> {
  const holds: Readonly<Record<Need, boolean>> = {
    'shadow models': shadowModels(set).length > 0,
    'in-models': canCompare(set, 'in- and out-models'),
    'out-models': canCompare(set, 'out-models'),
    augmented: set.augmented !== undefined,
    population: set.population !== undefined,
    gradient_norms: set.gradientNorms !== undefined,
    trajectory: set.trajectory !== undefined,
    groups: set.groups !== undefined,
    query: false,
  };
  return new Set((Object.keys(holds) as Need[]).filter((need) => holds[need]));
}

/** Whether enough records can be compared so, members and non-members of the target among them. */
function canCompare(set: SignalSet, compared: Compared): boolean {
  const used = comparedModels(set, compared);
  const sides = [0, 0];
  for (let i = 0; i < set.n; i++) if (used.some((row) => row[i] === 1)) sides[set.members[set.target][i]]++;
  return Math.min(...sides) > 0 && sides[0] + sides[1] >= enough * set.n;
}

const remedies: Readonly<Record<Need, string>> = {
  'shadow models':
    'outputs of at least one model that the auditor trained, with members and non-members among the records',
  'in-models':
    'in- and out-models of members and of non-members alike: reference models of which some were trained on the record and some were not (`ccl shadows plan`)',
  'out-models':
    'out-models of members and of non-members alike: reference models that were not trained on the record (`ccl shadows plan`)',
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
  attack: Attack,
  holds: ReadonlySet<Need>,
  { statistic, unlabeled }: Pick<SignalSet, 'statistic' | 'unlabeled'> = {},
): { readonly lacks: readonly Need[]; readonly reason: string } | null {
  if (statistic !== undefined && attack.onTrueClass !== true) {
    return { lacks: [], reason: `needs whole outputs: the file holds ${statistic} alone` };
  }
  if (unlabeled && attack.withoutLabels !== true) {
    return { lacks: [], reason: 'needs the true class of each record (labels [N])' };
  }
  const missing = attack.needs.filter((need) => !holds.has(need));
  if (missing.length === 0) return null;
  // In-models are in- and out-models in words.
  const named = missing.filter((need) => need !== 'out-models' || !missing.includes('in-models'));
  return { lacks: missing, reason: `needs ${named.map((need) => remedies[need]).join('; and ')}` };
}
