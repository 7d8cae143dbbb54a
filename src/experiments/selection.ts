import { badInput, UserError } from '../errors';
import { mean } from '../platform/math/summary';
import { sharedSeeds } from './compare';
import type { Candidate, DefenseResult, Selection, SelectionRule, ShadowNumbers } from './study-result';

/**
 * Chooses among the settings of each loss or defense by what their shadow models show: their own test accuracy, and how well the loss attack does on one shadow model with cuts from another. The
 * targets are not looked at, so the numbers of the chosen setting on its targets are as honest as if it had been the
 * only one. Ties go to the setting that stands first. What has one setting only is left out; where some settings lack
 * seeds, the seeds count that all of them have.
 *
 * @throws UserError if the shadow models are not trained as the targets are, or for an accuracy outside [0, 1]
 */
export function selectOnShadows(
  defenses: readonly Pick<DefenseResult, 'key' | 'name' | 'runs'>[],
  rule: SelectionRule = { by: 'p1' },
): Selection[] {
  if (rule.by === 'advantage' && !(rule.accuracyAtLeast >= 0 && rule.accuracyAtLeast <= 1)) {
    throw badInput('accuracyAtLeast', rule.accuracyAtLeast, 'must be in [0, 1]', 'Give a share');
  }
  const names = [...new Set(defenses.map(({ name }) => name))];
  return names.flatMap((name): Selection[] => {
    const grid = defenses.filter((defense) => defense.name === name);
    if (grid.length < 2) return [];
    const seeds = sharedSeeds(grid);
    if (seeds.length === 0) return [];
    const candidates = grid.map((defense) => candidateOf(defense, seeds));
    return [{ name, rule, chosen: best(candidates, rule), candidates }];
  });
}

function candidateOf(
  { key, runs }: Pick<DefenseResult, 'key' | 'runs'>,
  seeds: readonly number[],
): Candidate {
  const shadows = runs.flatMap(({ seed, shadows: numbers }) => {
    if (!seeds.includes(seed)) return [];
    if (numbers !== null) return numbers;
    throw new UserError(
      `The study has no shadow models that were trained as the targets of ${key} were, so nothing can be chosen on them. ` +
        'Give "shadows": 1 or more, with the adaptive adversary.',
    );
  });
  const over = (pick: (numbers: ShadowNumbers) => number): number => mean(shadows.map(pick));
  return {
    defense: key,
    testAccuracy: over(({ testAccuracy }) => testAccuracy),
    advantage: over(({ advantage }) => advantage),
    p1: over(({ p1 }) => p1),
  };
}

function best(candidates: readonly Candidate[], rule: SelectionRule): string | null {
  const allowed =
    rule.by === 'p1'
      ? candidates
      : candidates.filter(({ testAccuracy }) => testAccuracy >= rule.accuracyAtLeast);
  const value = ({ p1, advantage }: Candidate): number => (rule.by === 'p1' ? p1 : -advantage);
  const chosen = allowed.reduce<Candidate | null>(
    (top, each) => (top === null || value(each) > value(top) ? each : top),
    null,
  );
  return chosen?.defense ?? null;
}
