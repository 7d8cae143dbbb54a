import { badInput } from '../errors';
import { midranks } from '../metrics/sorted-sides';
import { distinctNotes, type Attack, type AttackScores, type FittedOn } from './attack';
import { makeAttack } from './define-attack';

/** How the ranks of several attacks become one score; higher = member. */
export const combinationRules = {
  'mean-rank': 'mean over attacks of r',
  'largest-rank': 'largest r over attacks',
  fisher: '-sum over attacks of ln(1 - r)',
} as const;

export type CombinationRule = keyof typeof combinationRules;

/**
 * Several attacks as one: each attack's scores become ranks among the audited records, r = (midrank - 1/2) / n, and the
 * ranks are joined by the rule. Nothing is fitted, so the combination knows no more membership than its parts, and its null
 * distribution is that of permuted membership. Records that a part cannot score are not usable.
 *
 * @param attacks at least two
 * @throws UserError with fewer
 */
export function combination(attacks: readonly Attack[], rule: CombinationRule = 'mean-rank'): Attack {
  if (attacks.length < 2) {
    throw badInput('the number of attacks', attacks.length, 'a combination needs two', 'Name more attacks');
  }
  const names = attacks.map(({ name }) => name).join(', ');
  const each = (of: (attack: Attack) => string): string =>
    [...new Set(attacks.map(of))].filter((words) => words !== 'none').join('; ') || 'none';
  return makeAttack({
    name: `combination/${rule}`,
    title: `Combination of ${attacks.length} attacks (${rule.replace('-', ' ')})`,
    formula: `${combinationRules[rule]}, r = rank of the record under each of ${names}`,
    reference: "rank combination; Fisher's rule after Fisher 1932, Statistical Methods for Research Workers",
    threatModel: each(({ threatModel }) => threatModel),
    needs: [...new Set(attacks.flatMap(({ needs }) => needs))],
    fittedOn: weakest(attacks),
    cost: { queries: each(({ cost }) => cost.queries), models: each(({ cost }) => cost.models) },
    differences:
      'Public codes report the largest result of several attacks, which is biased upward; the rule here is fixed beforehand.',
    scores: (set, context) =>
      combine(
        attacks.map((attack) => attack.scores(set, context)),
        rule,
      ),
  });
}

/**
 * Joins the scores of several attacks on the same records.
 *
 * @param parts at least one, each [n]
 * @throws UserError without parts, or on arrays of different lengths
 */
export function combine(parts: readonly AttackScores[], rule: CombinationRule): AttackScores {
  const n = parts.length === 0 ? 0 : parts[0].scores.length;
  const other = parts.findIndex(({ scores }) => scores.length !== n);
  if (n === 0 || other >= 0) {
    throw badInput(
      `the number of scores of attack ${Math.max(0, other)}`,
      other < 0 ? 0 : parts[other].scores.length,
      `must be ${n === 0 ? 'above 0' : n}, as of the others`,
      'Pass scores of the same records',
    );
  }
  const usable = Uint8Array.from({ length: n }, (_, i) =>
    parts.every((part) => part.usable === undefined || part.usable[i] === 1) ? 1 : 0,
  );
  const kept = Uint32Array.from(usable.keys()).filter((i) => usable[i] === 1);
  const scores = new Float64Array(n);
  for (const part of parts) {
    midranks(Float64Array.from(kept, (i) => part.scores[i])).forEach((rank, at) => {
      const r = (rank - 0.5) / kept.length;
      const record = kept[at];
      if (rule === 'mean-rank') scores[record] += r / parts.length;
      else if (rule === 'fisher') scores[record] -= Math.log1p(-r);
      else scores[record] = Math.max(scores[record], r);
    });
  }
  const notes = distinctNotes(parts.flatMap((part) => part.notes));
  return kept.length === n ? { scores, notes } : { scores, usable, notes };
}

function weakest(attacks: readonly Attack[]): FittedOn {
  const all = attacks.map(({ fittedOn }) => fittedOn);
  return all.includes('target') ? 'target' : all.includes('shadow models') ? 'shadow models' : 'nothing';
}
