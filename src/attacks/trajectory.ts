import { z } from 'zod';
import { badInput } from '../errors';
import { orderFreeSum } from '../platform/math/order-free-sum';
import { ceLosses, logSoftmax } from '../signals/log-softmax';
import type { ModelSignals, SignalSet } from '../signals/signal-set';
import { defineAttack, option, type SetStatement } from './define-attack';
import { type FeatureRows, outOfFold } from './learners/lesson';
import { logisticFit, logisticScores } from './learners/logistic';
import { outputScores } from './output-scores';

// Attacks on the outputs after each epoch of training, or of models distilled from the target.

/**
 * The loss at each epoch: the loss attack of an adversary who saw every checkpoint. A member's loss falls while it is learned,
 * so the mean over epochs (the area under its learning curve) still differs where final losses have met.
 */
export const epochLoss = defineAttack(
  {
    epoch: option(
      z
        .union([z.literal('mean'), z.number().int('Must be a whole number').min(1, 'Counts from 1')])
        .default('mean'),
      'the mean over the epochs, or one of them, counted from 1',
      'Liu et al. 2022 have all of them; the mean is ours',
    ),
  },
  ({ epoch }) => {
    const name = epoch === 'mean' ? 'epoch-loss' : `epoch-loss/epoch-${epoch}`;
    return {
      name,
      title: epoch === 'mean' ? 'Loss, mean over epochs' : `Loss after epoch ${epoch}`,
      formula: epoch === 'mean' ? 'mean over epochs e of ln p_y(e)' : `ln p_y(${epoch})`,
      reference: 'Liu, Zhao, Backes and Zhang 2022, arXiv:2208.14933 (losses of intermediate models)',
      threatModel: 'The probability of the true class of each record after each epoch of training.',
      needs: ['trajectory'],
      fittedOn: 'nothing',
      cost: { queries: '1 a record and epoch', models: 'none' },
      differences:
        'No cut is set, since no shadow trajectory is in the file. Which epoch tells most would have to be chosen without the ' +
        "target's membership, so the mean stands for all.",
      scores(set) {
        const all = lossAtEachEpoch(set);
        if (epoch === 'mean') {
          const scores = new Float64Array(set.n);
          for (const own of all) for (let i = 0; i < set.n; i++) scores[i] += own[i];
          return {
            scores: scores.map((sum) => sum / all.length),
            notes: [{ code: 'mean-over-epochs', epochs: all.length }],
          };
        }
        if (epoch > all.length) {
          throw badInput(
            'epoch',
            epoch,
            `the trajectory has ${all.length}`,
            'Name one of them, or leave it out for the mean',
          );
        }
        return { scores: all[epoch - 1], notes: [] };
      },
    };
  },
);

/**
 * Scores ln p_y of every record after each epoch, E arrays [n], e.g. for the AUC along a training run.
 *
 * @throws UserError if the set has no trajectory
 */
export function lossAtEachEpoch(set: SignalSet): Float64Array[] {
  return lossesByEpoch(targetTrajectory(set, 'epoch-loss')).map((losses) => losses.map((loss) => -loss));
}

const shape = {
  shadow: option(
    z.custom<ShadowTrajectory>((value) => typeof value === 'object' && value !== null).optional(),
    "trajectory and membership of a shadow model; without it the attack is the auditor's upper bound",
    'Liu et al. 2022; Li et al. 2024',
  ),
};

/**
 * Loss trajectory (Liu, Zhao, Backes and Zhang 2022, ACM CCS, arXiv:2208.14933): the losses of the checkpoints of a model
 * distilled from the target, with the target's own loss at the end, tell a member from a non-member. The same features of a
 * shadow model, distilled the same way, are what the attacker is fitted on.
 */
export const lossTrajectory = defineAttack(shape, ({ shadow }) =>
  trajectoryAttack(
    {
      name: 'loss-trajectory',
      title: 'Loss trajectory',
      formula: 'logistic regression on loss(1), ..., loss(E) of the checkpoints and the final loss',
      reference: 'Liu, Zhao, Backes and Zhang 2022, arXiv:2208.14933',
      differences:
        'Small form: the paper and LeakPro fit a small network, here a logistic regression. The trajectory in the file is ' +
        'taken as it is, of the training itself or distilled.',
      features: (trajectory) => columns([...lossesByEpoch(trajectory), ceLosses(trajectory.final)]),
    },
    shadow,
  ),
);

/** More epochs than this are thinned out evenly; the last one stays. */
const mostEpochs = 16;

/**
 * SeqMIA (Li et al. 2024, ACM CCS, arXiv:2407.15098): several metrics along the checkpoints of a distilled model, read as
 * sequences. Small form: the metrics of each checkpoint and of the target itself (loss, largest probability, its spread over
 * the classes, entropy, modified entropy) and their steps from one to the next, in a logistic regression.
 */
export const seqmia = defineAttack(shape, ({ shadow }) =>
  trajectoryAttack(
    {
      name: 'seqmia',
      title: 'SeqMIA, small form',
      formula:
        'logistic regression on loss, max p, sd of p, entropy and modified entropy of each checkpoint and their steps',
      reference: 'Li et al. 2024, arXiv:2407.15098',
      differences:
        'Small form: a logistic regression on values and steps where the paper has a recurrent network with attention; at ' +
        `most ${mostEpochs} checkpoints, spread evenly.`,
      features: sequences,
    },
    shadow,
  ),
);

function sequences(trajectory: Trajectory): FeatureRows {
  const chosen = thinned(trajectory.epochs);
  const points = [...chosen.map((epoch) => atEpoch(trajectory, epoch)), trajectory.final].map(metrics);
  const steps = points.slice(1).map((own, e) => own.map((now, j) => now.map((x, i) => x - points[e][j][i])));
  return columns([...points.flat(), ...steps.flat()]);
}

function thinned(epochs: number): number[] {
  const kept = Math.min(epochs, mostEpochs);
  return Array.from({ length: kept }, (_, e) => Math.round(((e + 1) * epochs) / kept) - 1);
}

function metrics(signals: ModelSignals): Float64Array[] {
  const { n, classes } = signals;
  const p = logSoftmax(signals).map(Math.exp);
  const largest = new Float64Array(n);
  const spread = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const own = p.subarray(i * classes, (i + 1) * classes);
    largest[i] = own.reduce((a, b) => Math.max(a, b));
    spread[i] = Math.sqrt(orderFreeSum(own.map((share) => (share - 1 / classes) ** 2)) / classes);
  }
  return [
    ceLosses(signals),
    largest,
    spread,
    outputScores.entropy.score(signals),
    outputScores['modified-entropy'].score(signals),
  ];
}

/** What attacks on trajectories differ in. */
interface TrajectoryAttackParts {
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
function trajectoryAttack(
  { name, title, formula, reference, differences, features }: TrajectoryAttackParts,
  shadow: ShadowTrajectory | undefined,
): SetStatement {
  const upperBound = shadow === undefined;
  const cost = {
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
    scores(set) {
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
function columns(all: readonly Float64Array[]): FeatureRows {
  const width = all.length;
  const n = all[0].length;
  const values = new Float64Array(n * width);
  all.forEach((column, j) => column.forEach((value, i) => (values[i * width + j] = value)));
  return { n, width, values };
}

/** The trajectory of a model that the adversary trained, with its membership: what an attack is fitted on. */
export interface ShadowTrajectory {
  readonly epochs: number;
  /** Logits after each epoch, or of the models distilled from the shadow model, row-major [n, E, k]. */
  readonly logits: Float32Array | Float64Array;
  /** Its final outputs, labels and membership, on the same n records. */
  readonly final: ModelSignals;
}

/** A trajectory with the final outputs of the model that it leads to. */
interface Trajectory {
  readonly n: number;
  readonly classes: number;
  readonly epochs: number;
  readonly logits: Float32Array | Float64Array;
  readonly final: ModelSignals;
}

/**
 * The target's trajectory.
 *
 * @throws UserError if the set has none
 */
function targetTrajectory(set: SignalSet, attack: string): Trajectory {
  if (set.trajectory === undefined) {
    throw badInput('trajectory', undefined, `${attack} needs it`, 'Pass the array trajectory [N, E, K]');
  }
  const { n, classes } = set;
  return { n, classes, ...set.trajectory, final: set.model(set.target) };
}

/**
 * The shadow model's trajectory, checked against the target's.
 *
 * @throws UserError if epochs, classes or lengths do not fit
 */
function shadowTrajectory({ epochs, logits, final }: ShadowTrajectory, target: Trajectory): Trajectory {
  const { n, classes } = final;
  if (epochs !== target.epochs || classes !== target.classes || logits.length !== n * epochs * classes) {
    throw badInput(
      'the shadow trajectory [n, E, k]',
      `${n}, ${epochs}, ${classes} with ${logits.length} logits`,
      `epochs and classes must be those of the target, ${target.epochs} and ${target.classes}`,
      'Train or distill the shadow model as the target',
    );
  }
  return { n, classes, epochs, logits, final };
}

/** The outputs after one epoch, as signals of their own. */
function atEpoch({ n, classes, epochs, logits, final }: Trajectory, epoch: number): ModelSignals {
  const own = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    const start = (i * epochs + epoch) * classes;
    own.set(logits.subarray(start, start + classes), i * classes);
  }
  return { n, classes, logits: own, labels: final.labels, members: final.members };
}

/** Cross-entropy losses after each epoch: E arrays [n]. */
function lossesByEpoch(trajectory: Trajectory): Float64Array[] {
  return Array.from({ length: trajectory.epochs }, (_, epoch) => ceLosses(atEpoch(trajectory, epoch)));
}
