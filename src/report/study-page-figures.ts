import type { StudyResult } from '../experiments/study-result';
import { studyAlphaCurves, studyAlphaFigure } from '../figures/alpha-ablation';
import type { Figure } from '../figures/figure';
import { studyHeatMapFigure } from '../figures/heat-map';
import { lossHistogramFigure } from '../figures/loss-histogram';
import { studyP1Figure } from '../figures/p1-bars';
import { studyPlaneFigure } from '../figures/privacy-utility-plane';
import { privacyUtilityFigure } from '../figures/privacy-utility';
import { rocFigure } from '../figures/roc';
import {
  attacksOf,
  hasRecordLosses,
  type MethodChoice,
  type ShownMethods,
  strongestAttacks,
  studyFamilies,
} from '../figures/study-data';
import { trainingCurvesFigure } from '../figures/training-curves';

/** The figures of a study's page by the place where they stand. */
export interface StudyPageFigures {
  /** All methods against all attacks. */
  readonly overview: readonly Figure[];
  /** Beside the chosen parameters. */
  readonly chosen: readonly Figure[];
  /** Single methods. */
  readonly methods: readonly Figure[];
  /** What is not drawn for want of numbers, as sentences. */
  readonly leftOut: readonly string[];
}

/** Panels of the plane that are looked at together; more would make the page large and say little more. */
const mostPanels = 4;

/** The figures for which a result has the numbers. */
export function studyPageFigures(result: StudyResult, shown: ShownMethods): StudyPageFigures {
  const compares = result.defenses.length > 1;
  const strongest = strongestAttacks(result, mostPanels);
  const isAttacked = strongest.attacks.length > 0;
  // Single settings make no lines: under each attack the plane then says nearly the same.
  const hasLines = studyFamilies(result).some(({ members }) => members.length > 1);
  const hasLosses = hasRecordLosses(shown.methods);
  return {
    overview: [
      ...(compares && isAttacked
        ? [studyPlaneFigure(result, hasLines ? strongest : strongestAttacks(result, 1))]
        : []),
      ...(compares && attacksOf(result.defenses).length > 0 ? [studyHeatMapFigure(result)] : []),
    ],
    chosen: compares && isAttacked ? [studyP1Figure(result, strongest)] : [],
    methods: [
      ...(studyAlphaCurves(result).length > 0 ? [studyAlphaFigure(result)] : []),
      ...studyFigures(result, shown),
    ],
    leftOut: hasLosses
      ? []
      : [
          'The histograms of losses and the ROC curves are left out: the result that this page was made from does not ' +
            'hold the losses of single records.',
        ],
  };
}

/**
 * The figures with a series for each method, in the order of the report: paths, losses, ROC, curves of training. Those
 * that need losses of single records are left out where the result has none.
 */
export function studyFigures(result: StudyResult, choice: MethodChoice = {}): Figure[] {
  const { methods = result.defenses } = choice;
  const hasLosses = hasRecordLosses(methods);
  return [
    privacyUtilityFigure(result, choice),
    ...(hasLosses ? [lossHistogramFigure(result, choice), rocFigure(result, choice)] : []),
    trainingCurvesFigure(result, choice),
  ];
}
