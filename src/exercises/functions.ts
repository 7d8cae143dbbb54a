import { loss } from '../losses/registry';
import { largestAdvantage } from '../metrics/advantage';
import { rocCurve, tprAtFpr } from '../metrics/roc';
import { tQuantile } from '../platform/math/distributions';
import { fillNormals } from '../platform/math/normal-stream';
import { randomStream, type RandomStream } from '../platform/math/random';
import { mean, sampleVariance } from '../platform/math/quantile';
import { ceLosses } from '../signals/log-softmax';
import { functionExercise } from './exercise';

const close = (a: number, b: number, within = 1e-6): boolean => Math.abs(a - b) <= within * (1 + Math.abs(b));

/** A number in words, also where a function gave none. */
const shown = (value: unknown): string => (typeof value === 'number' ? value.toFixed(4) : String(value));

const hiddenStream = (index: number): RandomStream =>
  randomStream({ seed: 23, role: 'evaluation', purpose: 'synthetic', index });

function hiddenNormals(index: number, n: number): Float64Array {
  const values = new Float64Array(n);
  fillNormals(values, hiddenStream(index));
  return values;
}

/** Scores with ties, of 40 members that score higher and of 60 others. */
function hiddenScores(): { scores: Float64Array; members: Uint8Array } {
  const members = Uint8Array.from({ length: 100 }, (_, i) => (i % 5 < 2 ? 1 : 0));
  const scores = hiddenNormals(1, 100).map((z, i) => Math.round(4 * (z + members[i])) / 4);
  return { scores, members };
}

type Scores = (scores: Float64Array, members: Uint8Array) => number;

/** Mean and standard deviation of a normal distribution. */
export interface Normal {
  readonly mean: number;
  readonly deviation: number;
}

/** What one setting of a method reached: test accuracy and advantage. */
export interface Setting {
  readonly accuracy: number;
  readonly advantage: number;
}

/** Exercises that are answered by a function, by the variable that takes it. */
export const functions = {
  // 00 Start here
  lossScore: functionExercise<(logits: Float64Array, label: number) => number>({
    hints: [
      'members tend to have the smaller loss, so the score is minus the loss.',
      'the loss is ln(sum over k of e^(z_k)) - z_label.',
      'subtract the largest logit from all of them first, or e^z overflows.',
    ],
    right: 'This is the loss attack.',
    fault(score) {
      for (let i = 0; i < 20; i++) {
        const logits = hiddenNormals(i, 5).map((z) => 3 * z);
        const label = i % 5;
        const exact = -ceLosses({ n: 1, classes: 5, logits, labels: Int32Array.of(label) })[0];
        const got = score(logits, label);
        if (close(got, exact)) continue;
        if (close(got, -exact)) return 'the size is right and the sign is not: higher must mean member.';
        if (close(got, logits[label])) return 'the logit alone: the other classes count too (normalize).';
        if (close(got, Math.exp(exact)))
          return 'that is the confidence: the ranking is right, and it is not the loss.';
        return `logits ${[...logits].map((z) => z.toFixed(2)).join(', ')} and label ${label} gave ${shown(got)}, not ${exact.toFixed(4)}.`;
      }
      const large = score(Float64Array.of(1000, 990), 0);
      return close(large, 0, 1e-3)
        ? undefined
        : `logits 1000 and 990 gave ${shown(large)}: e^1000 overflows.`;
    },
  }),

  // 01 First look
  bestCut: functionExercise<Scores>({
    hints: [
      'every score is a cut: call the records that score at least that much members.',
      'TPR is the share of the members that are called so, FPR that of the others.',
    ],
    fault(advantage) {
      const { scores, members } = hiddenScores();
      const exact = largestAdvantage(rocCurve(scores, members)).advantage;
      const got = advantage(scores, members);
      if (close(got, exact)) return undefined;
      const turned = largestAdvantage(
        rocCurve(
          scores.map((score) => -score),
          members,
        ),
      ).advantage;
      if (close(got, turned) || close(got, -exact))
        return 'the sign: members are those that score at least the cut.';
      if (close(got * 100, exact * 40) || close(got * 100, exact * 60))
        return 'divide by the members and by the others apart.';
      if (got > exact)
        return `${shown(got)} is too large: with equal scores all of them are called members, or none.`;
      return `${shown(got)} is too small: some cut does better.`;
    },
  }),

  // 02 Losses
  ownWeight: functionExercise<(p: number, alpha: number) => number>({
    hints: ["w(p) = -p f'(p).", 'the derivative of -ln p is -1 / p, that of p^3 is 3 p^2.'],
    right: 'A weight that rises with p, as that of CCEL does.',
    fault(weight) {
      for (const alpha of [0, 0.3, 1]) {
        for (const p of [0.1, 0.5, 1]) {
          const exact = alpha + 3 * (1 - alpha) * p ** 3;
          const got = weight(p, alpha);
          if (close(got, exact)) continue;
          if (close(got, -exact)) return "the sign: w = -p f', and f falls in p.";
          if (close(got * p, exact)) return "that is -f'(p): the factor p is missing.";
          if (close(got, alpha + 3 * p ** 3)) return 'the factor 1 - alpha is missing.';
          return `p = ${p} and alpha = ${alpha} gave ${shown(got)}, not ${exact.toFixed(4)}.`;
        }
      }
      return undefined;
    },
  }),

  // 03 Variance theory
  gapOf: functionExercise<(p: Float64Array, f: (p: number) => number) => number>({
    hints: [
      'two numbers: the mean of the losses, and the loss of the mean confidence.',
      'the first minus the second.',
    ],
    right: 'It is positive for a convex f, whatever the confidences are.',
    fault(gap) {
      const p = hiddenNormals(2, 50).map((z) => 1 / (1 + Math.exp(-z)));
      for (const name of ['ce', 'ccel', 'cql'] as const) {
        const { value } = loss(name);
        const exact = mean(p.map(value)) - value(mean(p));
        const got = gap(p, value);
        if (close(got, exact)) continue;
        if (close(got, -exact)) return 'the sign: mean of the losses minus loss of the mean.';
        if (close(got, exact * p.length)) return 'a mean is a sum divided by how many there are.';
        return `for ${name} and 50 confidences the gap is ${exact.toFixed(4)}, not ${shown(got)}.`;
      }
      return undefined;
    },
  }),

  // 04 Training comparison
  tInterval: functionExercise<(differences: Float64Array, quantile: number) => readonly [number, number]>({
    hints: [
      'the interval is mean +- quantile x s / sqrt(n).',
      's^2 is the sum of the squared deviations divided by n - 1.',
    ],
    fault(interval) {
      for (const n of [3, 10]) {
        const differences = hiddenNormals(n, n);
        const quantile = tQuantile(0.975, n - 1);
        const half = quantile * Math.sqrt(sampleVariance(differences) / n);
        const [low, high] = interval(differences, quantile);
        const middle = mean(differences);
        if (close(low, middle - half) && close(high, middle + half)) continue;
        if (!close((low + high) / 2, middle)) return 'the mean of the differences is not in its middle.';
        const got = (high - low) / 2;
        if (close(got, -half)) return 'low and high are exchanged.';
        if (close(got, half * Math.sqrt(n)))
          return 'the mean of n values scatters less than one value: divide by sqrt(n).';
        if (close(got, half * Math.sqrt((n - 1) / n)))
          return 'the variance has the divisor n - 1, since the mean was estimated.';
        return `with ${n} differences half of the width is ${half.toFixed(4)}, not ${shown(got)}.`;
      }
      return undefined;
    },
  }),

  // 05 Attacks
  densityRatio: functionExercise<(phi: number, inside: Normal, outside: Normal) => number>({
    hints: [
      'the logarithm of the density of the in-models minus that of the out-models.',
      'ln N(phi; m, s) = -ln s - (phi - m)^2 / (2 s^2) + a constant that cancels.',
    ],
    right: 'This is online LiRA for one record.',
    fault(score) {
      const cases: [number, Normal, Normal][] = [
        [4, { mean: 5, deviation: 1.5 }, { mean: 1, deviation: 1.5 }],
        [2, { mean: 5, deviation: 1 }, { mean: 1, deviation: 2 }],
        [-1, { mean: 0.5, deviation: 0.3 }, { mean: 0, deviation: 0.7 }],
      ];
      for (const [phi, inside, outside] of cases) {
        const square = ({ mean: m, deviation: s }: Normal): number => (phi - m) ** 2 / (2 * s * s);
        const spread = Math.log(outside.deviation / inside.deviation);
        const exact = square(outside) - square(inside) + spread;
        const got = score(phi, inside, outside);
        if (close(got, exact)) continue;
        if (close(got, -exact)) return 'the sign: higher must mean member.';
        if (close(got, exact - spread))
          return 'the densities are not normalized: -ln s is missing, which counts where the deviations differ.';
        if (close(got, Math.exp(exact))) return 'that is the ratio itself; its logarithm is asked for.';
        return `phi = ${phi} gave ${shown(got)}, not ${exact.toFixed(4)}.`;
      }
      return undefined;
    },
  }),

  // 06 Audit your own model
  bootstrapOfMean: functionExercise<
    (values: Float64Array, uniform: () => number) => readonly [number, number]
  >({
    hints: [
      'draw as many values as there are, with replacement, and take their mean; do that a thousand times.',
      'a value is drawn by values[Math.floor(uniform() * values.length)].',
      'sort the means; the interval goes from their 2.5 % to their 97.5 % quantile.',
    ],
    right: 'The intervals of the audit redraw members and non-members apart in the same way.',
    fault(interval) {
      const values = hiddenNormals(4, 200).map((z) => 10 + 2 * z);
      const stream = hiddenStream(5);
      const [low, high] = interval(values, () => stream.uniform());
      const half = 1.96 * Math.sqrt(sampleVariance(values) / values.length);
      const got = (high - low) / 2;
      if (got < 1e-9) return 'it has no width: draw with replacement.';
      if (!close((low + high) / 2, mean(values), 0.01)) return 'its middle is far from the mean.';
      if (got > 5 * half) return 'that is how far single values scatter; it is means that have to be sorted.';
      if (got > 1.2 * half)
        return `it is ${(got / half).toFixed(2)} times as wide as it should be: as many draws as there are values, and 2.5 % left out on either side.`;
      return got < 0.8 * half
        ? `it has ${(got / half).toFixed(2)} of the width that it should have.`
        : undefined;
    },
  }),

  // 07 Privacy and utility
  chosenSetting: functionExercise<(settings: readonly Setting[], baseline: number) => number>({
    hints: [
      'keep the settings whose accuracy is at least baseline - 0.02.',
      'of these, take the one with the smallest advantage, and give its place in the list.',
    ],
    fault(choose) {
      const settings: Setting[] = [
        { accuracy: 0.55, advantage: 0.6 },
        { accuracy: 0.3, advantage: 0.05 },
        { accuracy: 0.535, advantage: 0.4 },
        { accuracy: 0.52, advantage: 0.2 },
      ];
      const got = choose(settings, 0.55);
      if (got === 1)
        return 'a model that has learned little is private at a price; that one loses 25 points.';
      if (got === 0) return 'the most accurate one: privacy was asked for.';
      if (got === 3) return 'that one loses 3 points of accuracy.';
      if (got !== 2)
        return `${shown(got)} is not the place of the right setting in the list (the first is 0).`;
      const last = choose(
        [
          { accuracy: 0.75, advantage: 0.1 },
          { accuracy: 0.73, advantage: 0.05 },
        ],
        0.75,
      );
      return last === 1 ? undefined : 'a loss of exactly two points is still allowed.';
    },
  }),

  // 08 Limits of average-case attacks
  tprAt: functionExercise<(scores: Float64Array, members: Uint8Array, fpr: number) => number>({
    hints: [
      'for each cut, count the false accusations; cuts with more than fpr x non-members are out.',
      'of the cuts that are left, the lowest finds most members.',
    ],
    fault(tpr) {
      const { scores, members } = hiddenScores();
      const curve = rocCurve(scores, members);
      for (const fpr of [0.05, 0.1, 0.3]) {
        const exact = tprAtFpr(curve, fpr);
        const got = tpr(scores, members, fpr);
        if (close(got, exact)) continue;
        if (close(got * 100, exact * 40)) return 'divide by the number of members.';
        if (got > exact)
          return `at an FPR of ${fpr} your cut accuses too many: equal scores fall on the same side.`;
        return `at an FPR of ${fpr} it is ${exact.toFixed(3)}, not ${shown(got)}; is «at least the cut» a member?`;
      }
      return undefined;
    },
  }),

  // 09 What a guarantee is
  clip: functionExercise<(gradient: Float64Array, most: number) => Float64Array>({
    hints: ['scale by min(1, most / length), where the length is not 0.'],
    fault(clip) {
      if (clip(new Float64Array(3), 2).some(Number.isNaN))
        return 'a gradient of length 0 must stay as it is.';
      const short = clip(Float64Array.of(0.3, -0.4, 0), 2);
      if (!close(short[0], 0.3)) return 'a short gradient must not be made longer, or normalized.';
      const long = clip(Float64Array.of(3, -4, 12), 2);
      if (long[0] * long[1] >= 0) return 'the direction changed.';
      const length = Math.hypot(...long);
      if (close(Math.max(...long.map(Math.abs)), 2) && length > 2.01) {
        return 'that clips each coordinate; the length of the whole gradient counts.';
      }
      return close(length, 2) && close(long[1] / long[0], -4 / 3)
        ? undefined
        : `a gradient of length 13 became one of length ${length.toFixed(3)}.`;
    },
  }),
};
