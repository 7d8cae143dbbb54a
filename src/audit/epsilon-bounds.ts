import type { AttackScores, SetAttack } from '../attacks/attack';
import { epsilonOfOneRun } from '../metrics/epsilon-one-run';
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
  ran: readonly { readonly attack: SetAttack; readonly found: AttackScores }[],
  delta: number,
  seed: number,
): EpsilonBound[] {
  const chosen =
    preferred.flatMap((name) => ran.filter(({ attack }) => attack.name === name))[0] ??
    [...ran].sort((a, b) => (a.attack.name < b.attack.name ? -1 : 1))[0];
  if (chosen === undefined) return [];
  const { attack, found } = chosen;
  const judged = (i: number): boolean =>
    found.usable?.[i] !== 0 && (set.canaries === undefined || set.canaries[i] === 1);
  const records = Array.from(found.scores.keys()).filter(judged);
  const members = Uint8Array.from(records, (i) => set.members[set.target][i]);
  const { oneRun, fDp } =
    members.includes(0) && members.includes(1)
      ? epsilonOfOneRun(
          Float64Array.from(records, (i) => found.scores[i]),
          members,
          { delta, seed, randomizedMembership: set.randomizedMembership },
        )
      : { oneRun: onlyOneSide(delta), fDp: onlyOneSide(delta) };
  return [oneRun, fDp].map((bound) => ({
    name: bound.method,
    epsilon: bound.epsilon,
    delta,
    attack: attack.name,
    reason: bound.reason,
  }));
}

function onlyOneSide(delta: number): { epsilon: null; delta: number; method: string; reason: string } {
  return {
    epsilon: null,
    delta,
    method: 'one run',
    reason: 'the canaries are all members or all non-members',
  };
}
