import { badInput } from '../errors';
import { keyOptions } from '../experiments/method-key';
import type { MethodResult, StudyResult } from '../experiments/study-result';
import { loss, lossFromData, lossNames } from '../losses/registry';
import { alphaAblationFigure, type AblationCurve, type AblationPoint } from './alpha-ablation';
import type { Figure } from './figure';
import { mostSeeds } from './over-seeds';
import { familyTitle, studyFamilies, type StudyFamily } from './study-families';
import { studySource } from './study-source';

/** Fewer values of alpha show no course. */
const fewestValues = 3;

/**
 * What alpha does, for each family of a study that has at least three values of it and nothing else varied. Where a
 * family is cross-entropy at alpha = 1 and the study's first method is cross-entropy, that one is its point at 1.
 *
 * @throws UserError if no family varies alpha so
 */
export function studyAlphaFigure(result: StudyResult): Figure {
  const curves = studyAlphaCurves(result);
  if (curves.length === 0) {
    throw badInput(
      'the number of families with alpha',
      0,
      `the figure needs one with at least ${fewestValues} values and nothing else varied`,
      'Add values, e.g. {"loss": "ccel", "alpha": [0.3, 0.5, 0.7]}',
    );
  }
  const endsInCe = curves.every(({ points }) => points[points.length - 1].parameter === 1);
  const seeds = mostSeeds(result.methods);
  return alphaAblationFigure(curves, studySource(result), {
    parameter: endsInCe ? 'alpha (1 = cross-entropy)' : 'alpha',
    ...(seeds === 1 ? { intervals: 'none, with one seed' } : {}),
  });
}

/** The data of that figure; empty if no family varies alpha so. */
export function studyAlphaCurves(result: StudyResult): AblationCurve[] {
  const [baseline] = result.methods;
  return studyFamilies(result).flatMap((family) => {
    const { options, members } = family;
    if (options.join() !== 'alpha' || members.length < fewestValues) return [];
    const own = members.map(({ method, value }) => pointOf(method, value!));
    const atOne =
      baseline.key === 'ce' && own.every(({ parameter }) => parameter < 1) && isCrossEntropyAtOne(family)
        ? [pointOf(baseline, 1)]
        : [];
    const points = [...own, ...atOne];
    // Losses of exactly 0 have no place on a logarithmic axis.
    return points.every(isPositive) ? [{ label: familyTitle(members[0].method.label), points }] : [];
  });
}

function pointOf({ summary }: MethodResult, parameter: number): AblationPoint {
  return { parameter, ...summary, attack: summary.auc };
}

function isPositive(point: AblationPoint): boolean {
  const { memberLossMean, memberLossVariance, nonMemberLossMean, nonMemberLossVariance } = point;
  return [memberLossMean, memberLossVariance, nonMemberLossMean, nonMemberLossVariance].every(
    ({ estimate }) => estimate > 0,
  );
}

/** Whether f(p) is -ln p at alpha = 1 with the other options of the family. */
function isCrossEntropyAtOne({ family, members }: StudyFamily): boolean {
  if (!lossNames.some((name) => name === family)) return false;
  const others = [...keyOptions(members[0].method.key)].map(([option, text]) => [
    option,
    Number.isFinite(Number(text)) ? Number(text) : text,
  ]);
  const atOne = lossFromData(family, { ...Object.fromEntries(others), alpha: 1 });
  const ce = loss('ce');
  return atOne.kind === 'p' && [0.1, 0.5, 0.9].every((p) => Math.abs(atOne.value(p) - ce.value(p)) < 1e-12);
}
