import { badInput } from '../errors';
import type { ModelSignals } from './signal-set';

/**
 * Checks everything that attacks rely on, so that they need no checks of their own.
 *
 * @throws UserError that names array, index, rule and remedy when a shape does not match, a logit is NaN or infinite, a
 *   label is outside 0 .. k-1, a membership is neither 0 nor 1, there are fewer than two classes, or there is no member
 *   or no non-member
 */
export function checkSignals(signals: ModelSignals): void {
  checkShapes(signals);
  checkLogits(signals);
  checkLabels(signals);
  checkMembers(signals);
}

function checkShapes({ n, classes, logits, labels, members }: ModelSignals): void {
  if (!Number.isInteger(n) || n < 2) {
    throw badInput('n', n, 'must be an integer of at least 2', 'Pass one member and one non-member at least');
  }
  if (!Number.isInteger(classes) || classes < 2) {
    throw badInput('classes', classes, 'must be an integer of at least 2', 'Pass one logit for each class');
  }
  const lengths: readonly [string, number, number, string][] = [
    ['logits', logits.length, n * classes, `n x classes = ${n} x ${classes} = ${n * classes}`],
    ['labels', labels.length, n, `n = ${n}`],
    ['members', members.length, n, `n = ${n}`],
  ];
  for (const [array, found, wanted, formula] of lengths) {
    if (found === wanted) continue;
    throw badInput(
      `${array}.length`,
      found,
      `must be ${formula}`,
      'Pass arrays of the same records, in order',
    );
  }
}

function checkLogits({ classes, logits }: ModelSignals): void {
  for (let i = 0; i < logits.length; i++) {
    if (Number.isFinite(logits[i])) continue;
    throw badInput(
      `logits[${i}] (record ${Math.floor(i / classes)}, class ${i % classes})`,
      logits[i],
      'must be a finite number',
      'Look for overflow or a division by zero in the model, and pass its outputs again',
    );
  }
}

function checkLabels({ classes, labels }: ModelSignals): void {
  for (let i = 0; i < labels.length; i++) {
    // Written so that NaN in an array of floats fails too.
    if (labels[i] >= 0 && labels[i] < classes && Number.isInteger(labels[i])) continue;
    throw badInput(
      `labels[${i}]`,
      labels[i],
      `must be an integer in 0 .. ${classes - 1} (there are ${classes} classes)`,
      'Count classes from 0',
    );
  }
}

function checkMembers({ n, members }: ModelSignals): void {
  let count = 0;
  for (let i = 0; i < members.length; i++) {
    if (members[i] !== 0 && members[i] !== 1) {
      throw badInput(
        `members[${i}]`,
        members[i],
        'must be 1 (in the training set) or 0 (not in it)',
        'Pass a 0/1 array',
      );
    }
    count += members[i];
  }
  if (count > 0 && count < n) return;
  throw badInput(
    'the number of ones in members',
    count,
    `both members and non-members are needed among the ${n} records`,
    count === 0 ? 'Add records of the training set' : 'Add records that the model was not trained on',
  );
}
