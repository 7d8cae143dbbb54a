import { describe } from '../losses/describe';
import type { ProbabilityLoss } from '../losses/loss';
import { loss, losses as registry } from '../losses/registry';
import { normalCdf } from '../math/distributions';
import { gaussianAdvantage, varianceCounterexample } from '../theory/advantage-bounds';
import { decisionMap } from '../theory/decision-map';
import { growthThreshold } from '../theory/variance-growth';
import { decisionMapHeight, decisionMapSpec } from './decision-map';
import type { Figure } from './figure';
import { formatNumber } from './number-format';
import { theoryFigure } from './theory-draft';
import { counterexampleHeight, varianceCounterexampleSpec } from './variance-counterexample';

/** A family of losses with one parameter alpha, by its name in the registry. */
export type FamilyName = 'ccel' | 'ccql';

/** Where in the plane of alpha and p a family is concave in p, and where the spread of losses grows (T1, T3). */
export function decisionMapFigure(names: readonly FamilyName[] = ['ccel', 'ccql']): Figure {
  const ps = Float64Array.from({ length: 500 }, (_, i) => (i + 1) / 500);
  const alphas = Float64Array.from({ length: 101 }, (_, i) => i / 100);
  const panels = names.map((name) => {
    const family = (alpha: number): ProbabilityLoss => loss(name, { alpha });
    return {
      label: registry[name].title,
      map: decisionMap(family, alphas, ps),
      convexFrom: describe(family(0.5)).alphaForConvexInP?.alpha ?? null,
      growthBelow: growthThreshold(family),
    };
  });
  const words = panels.map(
    ({ label, convexFrom, growthBelow }) =>
      `${label}: convex from alpha ${formatNumber(convexFrom ?? NaN, 'proportion')}, growth only below ${formatNumber(growthBelow, 'proportion')}`,
  );
  return theoryFigure({
    title: 'Concave is not the same as spreading',
    alt: `Map over alpha and p. ${words.join('. ')}. The first region lies at high p, the second at low p; they meet for small alpha only.`,
    reading:
      'Orange: the loss is concave in p there, so the second-order argument has its sign. Blue: neighboring losses u move ' +
      'apart under the logit flow, so Var(u) can grow. Where both colors lie on each other, both hold. White: neither.',
    code: `decisionMapFigure(${JSON.stringify(names)})`,
    height: decisionMapHeight(panels.length),
    draw: (framing, style) => decisionMapSpec(panels, framing, style),
  });
}

/**
 * Variance is necessary for privacy, not sufficient: the members of `varianceCounterexample` beside normal losses of the
 * same gap and the same sum of variances.
 *
 * @param share of members with the large loss, in (0, 1), default 0.1
 * @param tail the large loss, > 0, default 20
 */
export function varianceCounterexampleFigure(share = 0.1, tail = 20): Figure {
  const example = varianceCounterexample(share, tail);
  const gap = Math.abs(example.memberMean - example.nonMemberMean);
  const sd = Math.sqrt((example.memberVariance + example.nonMemberVariance) / 2);
  const right = tail * 1.1;
  const ts = (low: number, high: number): number[] =>
    Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);
  const left = -0.02 * right;
  const normal = (mean: number): { t: number[]; share: number[] } => {
    const t = ts(-2.5 * sd, gap + 2.5 * sd);
    return { t, share: t.map((x) => normalCdf((x - mean) / sd)) };
  };
  const normalPart = gaussianAdvantage(gap, sd);
  const pairs = [
    {
      label: `${formatNumber(100 * (1 - share), 'significant')} % of the members at 0, the rest at ${tail}`,
      members: { t: [left, 0, tail, right], share: [0, 1 - share, 1, 1] },
      memberSteps: true,
      nonMembers: { t: ts(0, right), share: ts(0, right).map((t) => -Math.expm1(-t)) },
      memberVariance: example.memberVariance,
      nonMemberVariance: example.nonMemberVariance,
      advantage: example.advantage,
      threshold: { t: 0, members: 1 - share, nonMembers: 0 },
    },
    {
      label: 'Normal losses, same gap and sum of variances',
      members: normal(0),
      memberSteps: false,
      nonMembers: normal(gap),
      memberVariance: sd ** 2,
      nonMemberVariance: sd ** 2,
      advantage: normalPart,
      threshold: { t: gap / 2, members: (1 + normalPart) / 2, nonMembers: (1 - normalPart) / 2 },
    },
  ];
  return theoryFigure({
    title: 'A large variance is no privacy',
    alt:
      `Cumulative distributions of losses. With ${formatNumber(100 * share, 'significant')} % of the members at a loss of ${tail} ` +
      `the best threshold has advantage ${formatNumber(example.advantage, 'proportion')}; with normal losses of the same gap and ` +
      `sum of variances ${formatNumber(normalPart, 'proportion')}.`,
    reading:
      'The advantage of a threshold is the distance between the two curves there (thick line). Left: most members have loss 0, ' +
      'a few carry all the variance. Right: the same numbers, spread over everybody. Normal losses may be negative; they ' +
      'stand for the shape.',
    code: `varianceCounterexampleFigure(${share}, ${tail})`,
    height: counterexampleHeight(pairs.length),
    draw: (framing, style) => varianceCounterexampleSpec(pairs, framing, style),
  });
}
