import { z } from 'zod';
import { ceLosses, logSoftmax } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { SetAttack } from './attack';
import { entropyAttack } from './entropy';
import { lossTrajectoryParameters } from './loss-trajectory';
import { modifiedEntropyAttack } from './modified-entropy';
import { columns, trajectoryAttack } from './trajectory-attack';
import { atEpoch, type Trajectory } from './trajectory-losses';

export const seqmiaParameters = lossTrajectoryParameters;

/** More epochs than this are thinned out evenly; the last one stays. */
const mostEpochs = 16;

/**
 * SeqMIA (Li et al. 2024, ACM CCS, arXiv:2407.15098): several metrics along the checkpoints of a distilled model, read as
 * sequences. Small form: the metrics of each checkpoint and of the target itself (loss, largest probability, its spread over
 * the classes, entropy, modified entropy) and their steps from one to the next, in a logistic regression.
 */
export function seqmia({ shadow }: z.output<typeof seqmiaParameters>): SetAttack {
  return trajectoryAttack(
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
  );
}

function sequences(trajectory: Trajectory): ReturnType<typeof columns> {
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
    let squares = 0;
    for (let k = 0; k < classes; k++) {
      largest[i] = Math.max(largest[i], own[k]);
      squares += (own[k] - 1 / classes) ** 2;
    }
    spread[i] = Math.sqrt(squares / classes);
  }
  return [
    ceLosses(signals),
    largest,
    spread,
    entropyAttack.score(signals),
    modifiedEntropyAttack.score(signals),
  ];
}
