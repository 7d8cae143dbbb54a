import type { Attack, AttackScores } from '../attacks/attack';
import { noBound } from '../metrics/epsilon';
import { epsilonOfOneRun } from '../metrics/epsilon-one-run';
import { epsilonBySplitSample } from '../metrics/epsilon-many-models';
import { scaledLogits } from '../signals/statistics';
import type { SignalSet } from '../signals/signal-set';
import type { EpsilonBound } from './audit-result';

/** Fixed before any score is seen, the strongest in general first: choosing by this membership would break the bound. */
const preferred = [
  'lira-online/per-example-median',
  'lira-offline/per-example-median',
  'scaled-logit',
  'loss',
  'confidence',
];

/** Lower bounds of epsilon from this one target, or the reasons why there is none. */
export function epsilonBounds(
  set: SignalSet,
  ran: readonly { readonly attack: Attack; readonly found: AttackScores }[],
  delta: number,
  seed: number,
): EpsilonBound[] {
  const chosen =
    preferred
      .map((name) => ran.find(({ attack }) => attack.name === name))
      .find((one) => one !== undefined) ??
    [...ran].sort((a, b) => (a.attack.name < b.attack.name ? -1 : 1))[0];
  if (chosen === undefined) return [];
  const { attack, found } = chosen;
  const judged = (i: number): boolean =>
    found.usable?.[i] !== 0 && (set.canaries === undefined || set.canaries[i] === 1);
  const records = Array.from(found.scores.keys()).filter(judged);
  const members = Uint8Array.from(records, (i) => set.members[set.target][i]);
  const oneSided = noBound(delta, 'one run', 'the canaries are all members or all non-members');
  const { oneRun, fDp } =
    members.includes(0) && members.includes(1)
      ? epsilonOfOneRun(
          Float64Array.from(records, (i) => found.scores[i]),
          members,
          { delta, seed, randomizedMembership: set.randomizedMembership },
        )
      : { oneRun: oneSided, fDp: oneSided };
  return [
    ...[oneRun, fDp].map(({ method, epsilon, reason }) => ({
      name: method,
      epsilon,
      delta,
      attack: attack.name,
      reason,
    })),
    manyModels(set, delta, seed),
  ];
}

/** The bound over models: needs one canary, in some of the models; its score is the scaled logit, which fits nothing. */
function manyModels(set: SignalSet, delta: number, seed: number): EpsilonBound {
  const name = 'Clopper-Pearson over independent models, one canary each';
  const canaries =
    set.canaries === undefined ? [] : Array.from(set.canaries.keys()).filter((i) => set.canaries?.[i]);
  const [canary] = canaries;
  const inside = canaries.length === 1 ? set.members.filter((row) => row[canary] === 1).length : 0;
  const fewest = 4;
  const reason =
    set.models < 2 * fewest
      ? `there are ${set.models} models, and it needs at least ${fewest} with and ${fewest} without their canary`
      : canaries.length !== 1
        ? `it needs exactly one canary (array canaries [N]), since decisions about several in one model depend on each other; there are ${canaries.length}`
        : inside < fewest || set.models - inside < fewest
          ? `${inside} of ${set.models} models hold the canary, and it needs at least ${fewest} of each kind`
          : '';
  if (reason !== '') return { name, epsilon: null, delta, attack: null, reason };
  const phi = scaledLogits(set);
  const scores = Float64Array.from({ length: set.models }, (_, m) => phi[m * set.n + canary]);
  const holds = Uint8Array.from(set.members, (row) => row[canary]);
  const { epsilon, method } = epsilonBySplitSample(scores, holds, delta, seed);
  return { name: method, epsilon, delta, attack: 'scaled-logit', reason: '' };
}
