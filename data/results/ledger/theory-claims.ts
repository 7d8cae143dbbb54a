import { describe } from '../../../src/losses/describe';
import { loss } from '../../../src/losses/registry';
import { lossOnLogits } from '../../../src/losses/on-logits';
import type { ProbabilityLoss } from '../../../src/losses/loss';
import { softmaxRow } from '../../../src/losses/on-logits';
import {
  necessaryVariance,
  totalVariationBound,
  varianceCounterexample,
} from '../../../src/theory/advantage-bounds';
import { convexConcaveBounds, gradientBounds } from '../../../src/theory/gradient-bounds';
import { concaveAbove, cumulantForm, jensenGap, varianceCoefficient } from '../../../src/theory/jensen-gap';
import { dominancePrecondition } from '../../../src/theory/matched-mean';
import { minimizerShift } from '../../../src/theory/minimizer-shift';
import { varianceRates } from '../../../src/theory/one-step';
import { betaStart, truncatedNormalStart } from '../../../src/theory/start-distribution';
import { varianceAtMean } from '../../../src/theory/variance-flow';
import { growthIntervals, growthThreshold } from '../../../src/theory/variance-growth';
import { decided, exact, type Claim } from './claim';

const ce = loss('ce');
const cel = loss('cel');
const cql = loss('cql');
const ccel = loss('ccel', { alpha: 0.5 });
const ccql = loss('ccql', { alpha: 0.5 });
const near = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) <= tolerance;
const notebook2 = '`notebooks/02-losses.ipynb`';
const notebook3 = '`notebooks/03-variance-theory.ipynb`';

/** Statements about formulas: computed by src/losses and src/theory when the ledger is made. */
export function theoryClaims(): Claim[] {
  return [...terms(), ...shape(), ...jensen(), ...inTime(), ...necessity(), ...asCoded()];
}

function terms(): Claim[] {
  const [ofCel, ofCql] = [describe(cel), describe(cql)];
  const gradientError = Math.max(...[ce, ccel, ccql, loss('focal')].map(weightError));
  return [
    {
      id: 'T1',
      claim: 'The concave terms -e^p and -(p + p^2 / 2) fall and are concave on [0, 1].',
      source: 'definition of the class F',
      values: [],
      comment: 'The signs of f’ and f’’ are scanned on [0, 1].',
      command: notebook2,
      verdict: decided(
        ofCel.decreasing && ofCql.decreasing && [ofCel, ofCql].every(({ inP }) => inP.shape === 'concave'),
      ),
    },
    {
      id: 'T2',
      claim: 'Each loss acts on the logits as cross-entropy does, with a weight w(p) = -p f’(p) a record.',
      source: 'our derivation (the official code agrees)',
      values: [
        exact('T2.error', 'largest difference of gradients, CE, CCEL, CCQL and focal', gradientError),
      ].map((value) => ({ ...value, estimate: value.estimate < 1e-15 ? 0 : value.estimate })),
      comment: 'Rounding only: below 1e-15 is printed as 0. All losses: `test/losses/on-logits.test.ts`.',
      command: '`npx vitest run test/losses/on-logits.test.ts`',
      verdict: decided(gradientError < 1e-12),
    },
  ];
}

function shape(): Claim[] {
  const [ofCcel, ofCcql] = [describe(ccel), describe(ccql)];
  const [celBound, cqlBound] = [convexConcaveBounds(0.5, cel), convexConcaveBounds(0.5, cql)];
  return [
    {
      id: 'T3',
      claim:
        'Mixing a convex and a concave term gives a loss that is neither, for alpha strictly between 0 and 1.',
      source: 'what the name «convex-concave» suggests',
      values: [
        exact('T3.ccel', 'CCEL is convex in p from alpha', ofCcel.alphaForConvexInP!.alpha),
        exact('T3.ccql', 'CCQL is convex in p from alpha', ofCcql.alphaForConvexInP!.alpha),
        exact(
          'T3.ccel-logit',
          'CCEL is convex in the binary logit from alpha',
          ofCcel.alphaForConvexInLogit!.alpha,
        ),
        exact(
          'T3.ccql-logit',
          'CCQL is convex in the binary logit from alpha',
          ofCcql.alphaForConvexInLogit!.alpha,
        ),
        exact('T3.p-star', 'CCEL, alpha 0.5: concave in p only above', concaveAbove(ccel)!),
      ],
      comment:
        'In u = -ln p both are concave for every alpha below 1. In p, at alpha 0.5, CCQL is convex everywhere.',
      command: notebook2,
      verdict: decided(ofCcel.alphaForConvexInP === null && ofCcql.alphaForConvexInP === null),
    },
    {
      id: 'T4',
      claim:
        'The gradient is bounded: alpha |grad CE| <= |grad CCL| <= (alpha + (1 - alpha) |f~’(1)|) |grad CE|, so hard records keep learning.',
      source: 'a bound is claimed by the paper; this form is ours',
      values: [
        exact('T4.low', 'alpha 0.5: lower bound', celBound.low),
        exact('T4.ccel', 'CCEL upper bound', celBound.high),
        exact('T4.ccql', 'CCQL upper bound', cqlBound.high),
        exact('T4.cel', 'CEL alone: lower bound', gradientBounds(cel).low),
      ].map((value) => ({ ...value, estimate: near(value.estimate, 0, 1e-200) ? 0 : value.estimate })),
      comment: 'For each record; it implies no rate of convergence by itself.',
      command: notebook3,
      verdict: decided(
        near(gradientBounds(ccel).low, celBound.low, 1e-9) &&
          near(gradientBounds(ccel).high, celBound.high, 1e-9),
      ),
    },
  ];
}

function jensen(): Claim[] {
  const start = betaStart(8, 2);
  const gap = (of: ProbabilityLoss): number => jensenGap(of, start).gap.value;
  const cumulants = cumulantForm(betaStart(40, 10));
  return [
    {
      id: 'T5',
      claim:
        'In a lower bound of the expected loss, the coefficient of the variance is positive for a convex loss and negative with a concave term.',
      source: 'proof idea of the paper, by a summary',
      values: [
        exact('T5.ce', 'Jensen gap on Beta(8, 2): CE', gap(ce)),
        exact('T5.cel', 'CEL', gap(cel)),
        exact('T5.cql', 'CQL', gap(cql)),
        exact('T5.ccel', 'CCEL, alpha 0.5', gap(ccel)),
        exact('T5.ccql', 'CCQL, alpha 0.5', gap(ccql)),
        exact('T5.ccql-at-one', 'CCQL’s coefficient at mean confidence 1', varianceCoefficient(ccql, 1)),
        exact(
          'T5.ce-half',
          'CE: gap / Var(u) on Beta(40, 10)',
          cumulants.gap.value / (2 * cumulants.secondOrder),
        ),
      ],
      comment:
        'True of the terms alone. Of the mixtures: CCEL’s is negative only above a mean confidence of 0.7035, CCQL’s at alpha 0.5 nowhere.',
      command: notebook3,
      verdict: decided(varianceCoefficient(ccel, 0.5) < 0 && gap(ccql) < 0),
    },
  ];
}

function inTime(): Claim[] {
  const rates = varianceRates(cel, betaStart(5, 3), 'probability');
  const threshold = growthThreshold((alpha) => loss('ccel', { alpha }));
  const normal = truncatedNormalStart(2.3, 0.6);
  const atMean = (of: ProbabilityLoss): number => varianceAtMean(of, normal, 0.5).variance.value;
  return [
    {
      id: 'T6',
      claim: 'Under a convex loss the variance of the training losses falls in time.',
      source: 'abstract',
      values: [
        exact(
          'T6.intervals',
          'intervals of p in which the spread of u can grow under CE',
          growthIntervals(ce).length,
        ),
      ],
      comment: 'In a model in which each record moves alone along one dimension. In networks: M1.',
      command: notebook3,
      verdict: decided(growthIntervals(ce).length === 0),
    },
    {
      id: 'T7',
      claim: 'A concave term makes the variance of the training losses grow in time.',
      source: 'abstract',
      values: [
        exact('T7.alpha', 'CCEL and CCQL: Var(u) can grow only for alpha below', threshold),
        exact('T7.cel', 'CEL: only where p is below', growthIntervals(cel)[0].to),
        exact('T7.cql', 'CQL: only where p is below', growthIntervals(cql)[0].to),
        exact('T7.rate', 'd Var(u) / dt under CEL in p-space, Beta(5, 3)', rates.crossEntropy.value),
      ],
      comment:
        'The variance of p and of the loss’s own value does grow under a concave loss; that of the cross-entropy loss, which an attacker sees, does not.',
      command: notebook3,
      verdict: decided(growthIntervals(ccel).length > 0 && rates.crossEntropy.value > 0),
    },
    {
      id: 'T8',
      claim: 'At the same mean loss the losses are more spread out under CCL than under cross-entropy.',
      source: 'our derivation, what remains of the paper’s idea',
      values: [
        exact('T8.ce', 'Var(u) at mean loss 0.5: CE', atMean(ce)),
        exact('T8.ccel', 'CCEL, alpha 0.5', atMean(ccel)),
        exact('T8.ccql', 'CCQL, alpha 0.5', atMean(ccql)),
        exact('T8.ccel-0.2', 'CCEL, alpha 0.2', atMean(loss('ccel', { alpha: 0.2 }))),
      ],
      comment:
        'Start: u normal (2.3, 0.6), cut at 0. Proved in the same model for every alpha. In networks: M2.',
      command: notebook3,
      verdict: decided(
        [ccel, ccql].every((of) => dominancePrecondition(of, ce).holds && atMean(of) > atMean(ce)),
      ),
    },
  ];
}

function necessity(): Claim[] {
  const example = varianceCounterexample();
  const shifted = [ccel, ccql].map((of) => minimizerShift(of, 0.8));
  return [
    {
      id: 'T9',
      claim: 'A large variance of losses is necessary for privacy.',
      source: 'abstract, made precise by us',
      values: [
        exact(
          'T9.necessary',
          'mean gap 2, distance at most 0.2: sum of the variances at least',
          necessaryVariance(2, 0.2),
        ),
        exact('T9.bound', 'the bound back from it', totalVariationBound(2, necessaryVariance(2, 0.2), 0)),
      ],
      comment: 'At a fixed gap between the mean losses of members and non-members.',
      command: notebook3,
      verdict: decided(near(totalVariationBound(2, necessaryVariance(2, 0.2), 0), 0.2, 1e-12)),
    },
    {
      id: 'T10',
      claim: 'A large variance of the members’ losses weakens membership inference.',
      source: 'abstract, as a general statement',
      values: [
        exact('T10.variance', 'members’ variance (non-members’: 1)', example.memberVariance),
        exact('T10.advantage', 'advantage of the loss attack all the same', example.advantage),
        exact('T10.tv', 'of the best attack on the loss', example.totalVariation),
      ],
      comment:
        'A counterexample: nine members of ten at loss 0, the tenth at 20. Variance is not sufficient.',
      command: notebook3,
      verdict: decided(example.advantage < 0.5),
    },
    {
      id: 'T11',
      claim:
        'CCL is not proper: where a class is only known with a probability, its minimizer is over-sharp.',
      source: 'our derivation; the paper is not known to treat it',
      values: [
        exact('T11.ccel', 'true probability 0.8, CCEL’s minimizer (alpha 0.5)', shifted[0].minimizer),
        exact('T11.ccql', 'CCQL’s', shifted[1].minimizer),
      ],
      comment: 'So calibration should suffer on noisy data; in networks: M26.',
      command: notebook3,
      verdict: decided(shifted.every(({ overSharp }) => overSharp)),
    },
  ];
}

function asCoded(): Claim[] {
  const coded = describe(loss('focal-ccel-as-coded', { alpha: 0.5, gamma: 2 })).equilibria;
  const focal = loss('focal', { gamma: 2 });
  const focalPeak = gradientBounds(focal);
  return [
    {
      id: 'T12',
      claim: 'Focal + CEL in the official code is not the loss of the definition: the sign of e^p differs.',
      source: 'official code against the definition',
      values: [exact('T12.p', 'confidence at which it stops pulling (gamma 2, alpha 0.5)', coded[0])],
      comment:
        'As coded it caps each record’s confidence; a focal + CEL result of the paper may come from it.',
      command: '`npx ccl loss focal-ccel-as-coded --alpha 0.5 --gamma 2`',
      verdict: decided(coded.length > 0),
    },
    {
      id: 'T13',
      claim: 'T8 says nothing of focal loss against cross-entropy, in either direction.',
      source: 'our derivation',
      values: [
        exact('T13.p', 'gamma 2: the weight rises up to p', focalPeak.highAt),
        exact('T13.w', 'to', focalPeak.high),
      ],
      comment: 'The weight has to rise, or fall, with p throughout.',
      command: notebook2,
      verdict: decided(!dominancePrecondition(focal, ce).holds && !dominancePrecondition(ce, focal).holds),
    },
    {
      id: 'T14',
      claim: 'alpha is the only hyper-parameter.',
      source: 'abstract',
      values: [],
      comment:
        'The code also has a factor beta. With SGD and coupled weight decay, (beta, lr, wd) trains exactly as (1, lr x beta, wd / beta): the example of its README, beta 0.05, is CCEL with a twentieth of the learning rate and 20 times the weight decay.',
      command: '`npx vitest run test/training/beta-control.test.ts`',
      verdict: 'does not hold here',
    },
  ];
}

/** Largest difference between the gradient and w(p) (softmax - one-hot) on some logits. */
function weightError(of: ProbabilityLoss): number {
  const rows = [
    [2, -1, 0.5],
    [-3, 1, 4],
    [0, 0, 0],
  ];
  const logits = rows.flat();
  const { gradient } = lossOnLogits(of, { n: 3, classes: 3, logits, labels: [0, 0, 1] }, 'none');
  const wanted = rows.flatMap((row, i) => {
    const label = [0, 0, 1][i];
    const { p } = softmaxRow(Float64Array.from(row), label);
    const sum = row.reduce((total, z) => total + Math.exp(z), 0);
    return row.map((z, k) => of.weight(p) * (Math.exp(z) / sum - (k === label ? 1 : 0)));
  });
  return Math.max(...wanted.map((value, i) => Math.abs(value - gradient[i])));
}
