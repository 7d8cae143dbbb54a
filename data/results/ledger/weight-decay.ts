import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Interval } from '../../../src/metrics/interval';
import { pairedComparison } from '../../../src/metrics/over-seeds';
import { decided, exact, measured, side, type Claim, type LedgerValue, type Verdict } from './claim';

type Quantity = 'mean' | 'sd' | 'median' | 'trainAccuracy' | 'testAccuracy' | 'advantage';
interface Path {
  readonly epoch: readonly number[];
  readonly variance: readonly number[];
}
interface DecayMethod {
  readonly method: string;
  readonly predicted: { readonly ratioToCe: number };
  readonly observed: Readonly<Record<Quantity, Interval>>;
  readonly ratioToCe: Readonly<Record<'mean' | 'sd' | 'median', Interval>>;
  readonly varianceAtMatchedMean: readonly { readonly mean: number; readonly comparison: Interval }[];
  readonly runs: readonly Readonly<Record<Quantity, number>>[];
  readonly paths: readonly Path[];
}
interface WeightDecay {
  readonly commands: readonly string[];
  readonly decays: readonly { readonly weightDecay: number; readonly methods: readonly DecayMethod[] }[];
}

const results = JSON.parse(readFileSync(join(__dirname, '..', 'weight-decay.json'), 'utf8')) as WeightDecay;
const command = `\`${results.commands[1]}\``;
const setting = 'Location30, 100 epochs, weight decay 5e-4, 3 seeds';

function method(weightDecay: number, name: string): DecayMethod {
  const decay = results.decays.find((each) => each.weightDecay === weightDecay);
  return decay!.methods.find((each) => each.method === name)!;
}
const ce = method(5e-4, 'ce');
const both = [
  ['CCEL', method(5e-4, 'ccel alpha=0.5')],
  ['CCQL', method(5e-4, 'ccql alpha=0.5')],
] as const;

/** What data/results/weight-decay.json says: losses in the course of training, and where they end. */
export function weightDecayClaims(): Claim[] {
  return [inTime(), matched(), atTheEnd(), settling(5e-4), settling(5e-3), privacy(), accuracy()];
}

function inTime(): Claim {
  const peak = ({ variance, epoch }: Path) => {
    const at = variance.indexOf(Math.max(...variance));
    return { epoch: epoch[at], variance: variance[at], first: variance[0], last: variance.at(-1)! };
  };
  const peaks = ([['CE', ce], ...both] as const).map(([name, { paths }]) => ({ name, all: paths.map(peak) }));
  const values = peaks.flatMap(({ name, all }): LedgerValue[] => {
    const key = name.toLowerCase();
    const rows = [
      ['epoch', 'epoch of the largest variance', all.map(({ epoch }) => epoch)],
      ['peak', 'largest variance', all.map(({ variance }) => variance)],
      ['last', 'variance at the end', all.map(({ last }) => last)],
    ] as const;
    return rows.map(([part, what, seeds]) =>
      exact(`M1.${key}-${part}`, `${name}: ${what}`, seeds.reduce((a, b) => a + b) / seeds.length),
    );
  });
  const falls = peaks.every(({ all }) => all.every(({ variance, first }) => variance <= first));
  return {
    id: 'M1',
    claim:
      'In networks, the variance of the members’ losses falls in training under cross-entropy and grows with a concave term.',
    source: 'abstract',
    values,
    comment: `${setting}; means over the seeds. Under all three losses the variance first grows, since all records start alike, and then falls far below its peak.`,
    command,
    verdict: decided(falls),
  };
}

function matched(): Claim {
  const all = results.decays.flatMap(({ methods }) =>
    methods.slice(1).flatMap((m) => m.varianceAtMatchedMean),
  );
  const larger = all.filter(({ comparison }) => comparison.estimate > 1).length;
  const nearest = (levels: DecayMethod['varianceAtMatchedMean'], mean: number) =>
    levels.reduce((a, b) => (Math.abs(Math.log(b.mean / mean)) < Math.abs(Math.log(a.mean / mean)) ? b : a));
  const ratios = both.flatMap(([name, { varianceAtMatchedMean: levels }]) =>
    [1, 0.1].map((mean) => {
      const level = nearest(levels, mean);
      const key = `M2.${name.toLowerCase()}-${mean}`;
      return measured(
        key,
        `${name}: ratio of variances at mean loss ${level.mean.toPrecision(2)}`,
        level.comparison,
      );
    }),
  );
  const excluding = all.filter(({ comparison: { low } }) => low !== null && low > 1).length;
  return {
    id: 'M2',
    claim:
      'In networks, at the same mean loss, the members’ losses vary more under CCL than under cross-entropy.',
    source: 'our reading of the paper’s idea (T8)',
    values: [
      exact('M2.levels', 'compared levels (3 weight decays)', all.length),
      exact('M2.larger', 'levels with the larger variance under CCL', larger),
      exact('M2.excluding', 'of which the interval excludes 1', excluding),
      ...ratios,
    ],
    comment:
      'Location30, 100 epochs, alpha 0.5, 3 seeds; intervals are not corrected for the number of levels.',
    command: `\`${results.commands.at(-1)!}\``,
    verdict: larger === all.length && excluding > all.length / 2 ? 'holds' : 'not decided here',
  };
}

function atTheEnd(): Claim {
  const values = both.map(([name, { ratioToCe }]) =>
    measured(
      `M3.${name.toLowerCase()}`,
      `${name} / CE: standard deviation of the members’ losses`,
      ratioToCe.sd,
    ),
  );
  const strong = method(5e-3, 'ccel alpha=0.5').ratioToCe.sd;
  return {
    id: 'M3',
    claim:
      'Trained to the end, a network has a larger variance of the members’ losses under CCL than under cross-entropy.',
    source: 'abstract',
    values: [...values, measured('M3.ccel-5e-3', 'CCEL / CE at weight decay 5e-3', strong)],
    comment: `${setting} unless said. At weight decay 5e-3 the claim holds, for some members stay misclassified.`,
    command,
    verdict: byInterval(values, 1, 'above'),
  };
}

function settling(weightDecay: number): Claim {
  const values = (['ccel alpha=0.5', 'ccql alpha=0.5'] as const).flatMap((key) => {
    const { predicted, ratioToCe } = method(weightDecay, key);
    const name = key.slice(0, 4);
    const id = `M4.${name}-${weightDecay}`;
    return [
      measured(id, `${name.toUpperCase()} / CE: final mean loss of the members`, ratioToCe.mean),
      exact(`${id}-predicted`, 'predicted', predicted.ratioToCe),
    ];
  });
  const agrees = [0, 2].every((i) => {
    const [{ low, high }, { estimate }] = [values[i], values[i + 1]];
    return low! <= estimate && estimate <= high!;
  });
  return {
    id: weightDecay === 5e-4 ? 'M4' : 'M5',
    claim: `At weight decay ${weightDecay.toExponential()}, fitted members settle at cross-entropy’s loss divided by w(1).`,
    source: 'our hypothesis from runs of the official code',
    values,
    comment:
      weightDecay === 5e-4
        ? 'CCEL’s ratio is the predicted one; CCQL’s lies a little above it.'
        : 'The intervals lie above the prediction: 1 to 4 % of the members stay misclassified, which a model with one margin for all cannot show.',
    command: `\`${results.commands[weightDecay === 5e-4 ? 1 : 2]}\``,
    verdict: agrees && weightDecay === 5e-4 ? 'holds' : 'does not hold here',
  };
}

function privacy(): Claim {
  const values = both.map(([name, own]) =>
    difference('M6', name, own, 'advantage', 'advantage of the loss attack'),
  );
  return {
    id: 'M6',
    claim: 'Networks that fit their members fully (100 epochs, beta 1) are more private under CCL.',
    source: 'abstract, at the settings of its code',
    values,
    comment: `${setting}. Differences to cross-entropy, paired over seeds.`,
    command,
    verdict: byInterval(values, 0, 'below'),
  };
}

function accuracy(): Claim {
  const values = both.map(([name, own]) => difference('M7', name, own, 'testAccuracy', 'test accuracy'));
  return {
    id: 'M7',
    claim: 'There, CCL keeps the test accuracy of cross-entropy.',
    source: 'abstract (better trade-off of privacy and utility)',
    values,
    comment: `${setting}. Differences to cross-entropy, paired over seeds.`,
    command,
    verdict: values.some((value) => side(value) === 'below') ? 'does not hold here' : 'not decided here',
  };
}

function difference(id: string, name: string, own: DecayMethod, of: Quantity, what: string): LedgerValue {
  const compared = pairedComparison(
    own.runs.map((run) => run[of]),
    ce.runs.map((run) => run[of]),
  );
  return measured(`${id}.${name.toLowerCase()}`, `${name} - CE: ${what}`, compared.difference);
}

/** Holds if all intervals lie on that side of the reference, fails if one lies on the other side. */
function byInterval(values: readonly LedgerValue[], reference: number, wanted: 'above' | 'below'): Verdict {
  const sides = values.map(({ low, high }) =>
    side({ low: low === null ? null : low - reference, high: high === null ? null : high - reference }),
  );
  if (sides.every((each) => each === wanted)) return 'holds';
  return sides.some((each) => each !== wanted && each !== 'undecided')
    ? 'does not hold here'
    : 'not decided here';
}
