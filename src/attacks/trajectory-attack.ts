import type { AttackCost, AttackScores, SetAttack } from './attack';
import { logisticFit, logisticScores } from './logistic-fit';
import { outOfFold } from './out-of-fold';
import {
  shadowTrajectory,
  targetTrajectory,
  type ShadowTrajectory,
  type Trajectory,
} from './trajectory-losses';
import type { FeatureRows } from './feature-rows';

/** What attacks on trajectories differ in. */
export interface TrajectoryAttackParts {
  readonly name: string;
  readonly title: string;
  readonly formula: string;
  readonly reference: string;
  readonly differences: string;
  readonly features: (trajectory: Trajectory) => FeatureRows;
}

const folds = 5;

/**
 * A logistic regression on features of the trajectory. Fitted on a shadow model's trajectory if one is given; else on the
 * target, each record scored by a fit without it, which is the auditor's upper bound.
 */
export function trajectoryAttack(
  { name, title, formula, reference, differences, features }: TrajectoryAttackParts,
  shadow: ShadowTrajectory | undefined,
): SetAttack {
  const upperBound = shadow === undefined;
  const cost: AttackCost = {
    queries: '1 a record and checkpoint',
    models: upperBound ? 'none, but the membership itself' : "one shadow model and both models' checkpoints",
  };
  return {
    name: upperBound ? `${name}/upper-bound` : name,
    title: `${title}${upperBound ? " (auditor's upper bound)" : ''}`,
    formula,
    reference,
    threatModel:
      'The probabilities of all classes of each record under the target and under its checkpoints, or under models ' +
      'distilled from it; ' +
      (upperBound
        ? 'the membership of the other records.'
        : 'the same of one shadow model with known members.'),
    needs: ['trajectory'],
    fittedOn: upperBound ? 'target' : 'shadow models',
    cost,
    differences,
    scores(set): AttackScores {
      const target = targetTrajectory(set, name);
      const rows = features(target);
      if (shadow === undefined) {
        const members = set.members[set.target];
        const scores = outOfFold(rows, members, folds, (known, own, judged) =>
          logisticScores(logisticFit(known, own), judged),
        );
        return {
          scores,
          notes: [{ code: 'fitted-on-target', what: 'fit', folds }],
        };
      }
      const own = shadowTrajectory(shadow, target);
      return { scores: logisticScores(logisticFit(features(own), own.final.members), rows), notes: [] };
    },
  };
}

/** Columns side by side, as rows of features. */
export function columns(all: readonly Float64Array[]): FeatureRows {
  const width = all.length;
  const n = all[0].length;
  const values = new Float64Array(n * width);
  all.forEach((column, j) => column.forEach((value, i) => (values[i * width + j] = value)));
  return { n, width, values };
}
