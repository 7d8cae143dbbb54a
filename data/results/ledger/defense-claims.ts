import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MeasuredDefenses, measuredRows, type MeasuredRun } from '../../../src/defenses/measured';
import { mean } from '../../../src/platform/math/quantile';
import type { Interval } from '../../../src/metrics/interval';
import { p1FromAdvantage } from '../../../src/metrics/advantage';
import { pairedComparison } from '../../../src/metrics/over-seeds';
import { exact, measured, side, type Claim, type LedgerValue, type Verdict } from './claim';

const results = JSON.parse(
  readFileSync(join(__dirname, '..', 'defenses-location30.json'), 'utf8'),
) as MeasuredDefenses;
const setting = 'Location30, fifths, 40 epochs, 3 seeds, nothing tuned';

/** The runs of a label, in the order of the seeds. */
function runsOf(label: string): readonly MeasuredRun[] {
  const found = results.runs.filter((run) => run.label === label);
  if (found.length === 0) throw new Error(`defenses-location30.json has no runs of ${label}`);
  return [...found].sort((a, b) => a.seed - b.seed);
}
const ce = runsOf('CE');
const ccel = runsOf('CCEL (alpha 0.5)');
const ccql = runsOf('CCQL (alpha 0.5)');
const methods = [
  ['CCEL', ccel],
  ['CCQL', ccql],
] as const;

const lossAdvantage = (run: MeasuredRun): number => run.attacks.loss.advantage;
const testAccuracy = (run: MeasuredRun): number => run.testAccuracy;
const p1 = (run: MeasuredRun): number => p1FromAdvantage(run.testAccuracy, lossAdvantage(run));

/** Differences over the same seeds. */
function compared(
  own: readonly MeasuredRun[],
  other: readonly MeasuredRun[],
  of: (run: MeasuredRun) => number,
): Interval {
  const same = own.map(({ seed }) => other.find((run) => run.seed === seed)!);
  return pairedComparison(own.map(of), same.map(of)).difference;
}

/** What data/results/defenses-location30.json says: CCL beside cross-entropy and beside the other defenses. */
export function defenseClaims(): Claim[] {
  return [
    againstBest(),
    eachAttack(),
    kept(),
    p1Score(),
    stateOfTheArt(),
    other(
      'M13',
      'Focal loss (gamma 2) is better than cross-entropy for privacy and for accuracy.',
      'Focal (gamma 2)',
    ),
    labelSmoothing(),
    stopped(),
    versus('M16', 'L1 beats CCL', 'same laboratory’s later code, CIFAR-10', 'L1 (strength 0.0001)'),
    versus(
      'M17',
      'CCL and a correct RelaxLoss are on a par',
      'same laboratory’s later code',
      'RelaxLoss (target 0.5)',
    ),
    versus(
      'M18',
      'DP-SGD with little noise beats CCL',
      'Aerni et al., CCS 2024, of five other defenses',
      'DP-SGD (noise 0.1, clip 1)',
    ),
  ].map((claim) => ({ ...claim, command: `\`${results.command}\`` }));
}

type Unprinted = Omit<Claim, 'command'>;

function againstBest(): Unprinted {
  const rows = measuredRows(results.runs);
  const values = methods.map(([name, runs]) =>
    measured(`M8.${name.toLowerCase()}`, `${name} - CE: AUC of the strongest of eight attacks`, {
      method: { name: 't', n: ccel.length, over: 'seeds', paired: true },
      ...rows.find(({ label }) => label === runs[0].label)!.difference,
    }),
  );
  return {
    id: 'M8',
    claim: 'CCL protects members better than cross-entropy against the strongest attack.',
    source: 'abstract',
    values,
    comment: `${setting}, alpha 0.5. None of the attacks is adaptive or uses more than one shadow model.`,
    verdict: lowerVerdict(values),
  };
}

function eachAttack(): Unprinted {
  const names = Object.keys(ce[0].attacks);
  const values = methods.flatMap(([name, runs]) => {
    const sides = names.map((attack) => side(compared(runs, ce, (run) => run.attacks[attack].auc)));
    const count = (wanted: string): number => sides.filter((each) => each === wanted).length;
    const key = `M9.${name.toLowerCase()}`;
    return [
      exact(
        `${key}-lower`,
        `${name}: attacks of ${names.length} with a lower AUC than on CE`,
        count('below'),
      ),
      exact(`${key}-higher`, 'with a higher one', count('above')),
    ];
  });
  const [lower, higher] = [0, 1].map((part) => values.filter((_, i) => i % 2 === part));
  const all = lower.every(({ estimate }) => estimate === names.length);
  const against = higher.some(({ estimate }) => estimate > 0);
  return {
    id: 'M9',
    claim: 'It does so against every attack.',
    source: 'inferred: the code’s attacks are averaged or plotted one by one',
    values,
    comment: `${setting}. Counted where the paired 95 % interval excludes 0: ${names.join(', ')}.`,
    verdict: all ? 'holds' : against ? 'does not hold here' : 'not decided here',
  };
}

function kept(): Unprinted {
  const values = methods.map(([name, runs]) =>
    measured(`M10.${name.toLowerCase()}`, `${name} - CE: test accuracy`, compared(runs, ce, testAccuracy)),
  );
  return {
    id: 'M10',
    claim: 'CCL keeps the test accuracy of cross-entropy.',
    source: 'abstract (better trade-off of privacy and utility)',
    values,
    comment: `${setting}.`,
    verdict: values.some((value) => side(value) === 'below') ? 'does not hold here' : 'not decided here',
  };
}

function p1Score(): Unprinted {
  const values = methods.map(([name, runs]) =>
    measured(`M11.${name.toLowerCase()}`, `${name} - CE: P1`, compared(runs, ce, p1)),
  );
  const levels = [['CE', ce] as const, ...methods].map(([name, runs]) =>
    exact(`M11.${name.toLowerCase()}-p1`, `${name}: P1`, mean(runs.map(p1))),
  );
  return {
    id: 'M11',
    claim: 'CCL has a higher P1 score than cross-entropy.',
    source: 'inferred: the code computes it',
    values: [...levels, ...values],
    comment: `${setting}. P1 = 2 A (1 - adv) / (A + 1 - adv) of the loss attack; which of two definitions the paper’s table uses is not known.`,
    verdict: values.every((value) => side(value) === 'above') ? 'holds' : 'not decided here',
  };
}

const others = [
  'RelaxLoss (target 0.5)',
  'Label smoothing (epsilon 0.1)',
  'Confidence penalty (strength 0.1)',
  'Early stopping (epoch 10)',
  'Dropout (rate 0.5)',
  'AdvReg (nasr, strength 1)',
  'Mixup + MMD (strength 1)',
  'Distillation (T 10, alpha 0.5)',
  'DP-SGD (noise 1, clip 1)',
  'HAMP (gamma 0.5, alpha 0.03)',
];

/** Other defenses with a lower AUC, the difference decided, and no lower accuracy by the same rule. */
function stateOfTheArt(): Unprinted {
  const strongest = (run: MeasuredRun): number =>
    Math.max(...Object.values(run.attacks).map(({ auc }) => auc));
  const better = others.filter((label) => {
    const runs = runsOf(label);
    return (
      side(compared(runs, ccel, strongest)) === 'below' &&
      side(compared(runs, ccel, testAccuracy)) !== 'below'
    );
  });
  return {
    id: 'M12',
    claim: 'CCL has the best trade-off of privacy and utility among the defenses that it is compared with.',
    source: 'abstract («state-of-the-art»); which ones is not known',
    values: [
      exact('M12.better', `of ${others.length} defenses: with a better trade-off than CCEL`, better.length),
    ],
    comment: `${setting}. Better: a lower largest AUC over eight attacks by the paired interval, and no accuracy decidedly lower. Better ones: ${better.join(', ') || 'none'}. A tuned comparison with equal budgets is M19.`,
    verdict: better.length > 0 ? 'does not hold here' : 'not decided here',
  };
}

function other(id: string, claim: string, label: string): Unprinted {
  const runs = runsOf(label);
  const values = [
    measured(
      `${id}.advantage`,
      `${label} - CE: advantage of the loss attack`,
      compared(runs, ce, lossAdvantage),
    ),
    measured(`${id}.accuracy`, 'test accuracy', compared(runs, ce, testAccuracy)),
  ];
  const sides = values.map(side);
  const wrong = sides[0] === 'above' || sides[1] === 'below';
  const right = sides[0] === 'below' && sides[1] === 'above';
  return {
    id,
    claim,
    source: 'runs of the official code on Location30, 100 epochs',
    values,
    comment: `${setting}.`,
    verdict: right ? 'holds' : wrong ? 'does not hold here' : 'not decided here',
  };
}

function labelSmoothing(): Unprinted {
  const runs = runsOf('Label smoothing (epsilon 0.1)');
  const value = measured(
    'M14.advantage',
    'label smoothing - CE: advantage of the loss attack',
    compared(runs, ce, lossAdvantage),
  );
  const verdicts = { above: 'holds', below: 'does not hold here', undecided: 'not decided here' } as const;
  return {
    id: 'M14',
    claim: 'Label smoothing 0.1 is worse for privacy than cross-entropy.',
    source: 'runs of the official code on Location30, 100 epochs',
    values: [value],
    comment: `${setting}.`,
    verdict: verdicts[side(value)],
  };
}

function stopped(): Unprinted {
  const early = runsOf('Early stopping (epoch 10)');
  const half = (run: MeasuredRun): number => lossAdvantage(run);
  const advantageLost = compared(early, ccel, half);
  const accuracyLost = compared(early, ccel, testAccuracy);
  return {
    id: 'M15',
    claim: 'CCL gives more privacy than cross-entropy that is stopped early, at the same accuracy.',
    source: 'implied by «state-of-the-art»; runs of the official code speak against it',
    values: [
      measured('M15.advantage', 'CE stopped at epoch 10 - CCEL: advantage of the loss attack', advantageLost),
      measured('M15.accuracy', 'test accuracy', accuracyLost),
      exact(
        'M15.share',
        'CE at epoch 10 / at epoch 40: advantage',
        mean(early.map(half)) / mean(ce.map(half)),
      ),
    ],
    comment: `${setting}.`,
    verdict:
      side(advantageLost) === 'below' && side(accuracyLost) !== 'below'
        ? 'does not hold here'
        : 'not decided here',
  };
}

/** A comparison of CCEL with one defense. */
function versus(id: string, claim: string, source: string, label: string): Unprinted {
  const runs = runsOf(label);
  const values = [
    measured(
      `${id}.advantage`,
      `${label} - CCEL: advantage of the loss attack`,
      compared(runs, ccel, lossAdvantage),
    ),
    measured(`${id}.accuracy`, 'test accuracy', compared(runs, ccel, testAccuracy)),
  ];
  const parity = claim.includes('on a par');
  const [privacy, accuracy] = values.map(side);
  const better = privacy === 'below' && accuracy !== 'below';
  const fails = parity ? better || (privacy === 'above' && accuracy !== 'above') : privacy === 'above';
  return {
    id,
    claim: `${claim}.`,
    source,
    values,
    comment: `${setting}; one setting of each. Better means a lower advantage, and an accuracy that is not decidedly lower.`,
    verdict: fails ? 'does not hold here' : better && !parity ? 'holds' : 'not decided here',
  };
}

function lowerVerdict(values: readonly LedgerValue[]): Verdict {
  if (values.every((value) => side(value) === 'below')) return 'holds';
  return values.some((value) => side(value) === 'above') ? 'does not hold here' : 'not decided here';
}
