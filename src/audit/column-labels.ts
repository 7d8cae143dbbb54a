import { topClass } from '../signals/log-softmax';
import type { ModelSignals, SignalSet } from '../signals/signal-set';
import type { ColumnsNote, GuessingNote } from './audit-result';

/** Another assignment is told from this many points of accuracy on. */
const farMore = 0.15;

/**
 * Do the output columns stand for other labels than their positions say (shifted by one, sorted by name)? Each half of
 * the records chooses a one-to-one assignment of columns to labels, the largest counts first, by which the other half is
 * judged, so that choosing cannot flatter it.
 *
 * @returns a note where the other assignment is right far more often (by 15 points and 4 standard errors); else null
 */
export function columnNote({
  n,
  classes,
  logits,
  labels,
}: Omit<ModelSignals, 'members'>): ColumnsNote | null {
  const top = Int32Array.from({ length: n }, (_, row) => topClass(logits, row * classes, classes));
  const chosen = [0, 1].map((half) => assignment(top, labels, classes, (row) => row % 2 === half));
  let own = 0;
  let other = 0;
  let differ = 0;
  for (let row = 0; row < n; row++) {
    const isRight = top[row] === labels[row] ? 1 : 0;
    const isOther = chosen[1 - (row % 2)][top[row]] === labels[row] ? 1 : 0;
    own += isRight;
    other += isOther;
    differ += Math.abs(isOther - isRight);
  }
  const isFarMore = other - own > farMore * n && other - own > 4 * Math.sqrt(differ);
  if (!isFarMore) return null;
  const labelOfColumn = [...assignment(top, labels, classes, () => true)];
  return { code: 'columns', accuracy: own / n, otherAccuracy: other / n, labelOfColumn };
}

/** Fewer members say nothing of a model's accuracy. */
const fewestMembers = 50;

/**
 * A model knows something of the records that it was trained on. One that is right on them no more often than its answers
 * would be if they were dealt to the members by chance (within two standard errors) is another model, or its rows of
 * outputs stand in another order than the labels.
 */
export function guessingNote(
  { statistic, unlabeled }: Pick<SignalSet, 'statistic' | 'unlabeled'>,
  { n, classes, logits, labels, members }: ModelSignals,
): GuessingNote[] {
  if (statistic !== undefined || unlabeled) return [];
  const answers = new Float64Array(classes);
  const truths = new Float64Array(classes);
  let [count, right] = [0, 0];
  for (let row = 0; row < n; row++) {
    if (members[row] === 0) continue;
    const top = topClass(logits, row * classes, classes);
    count++;
    answers[top]++;
    truths[labels[row]]++;
    if (top === labels[row]) right++;
  }
  // Within one class every answer is as good as any.
  if (count < fewestMembers || truths.some((share) => share === count)) return [];
  const byChance = answers.reduce((sum, share, k) => sum + (share * truths[k]) / count ** 2, 0);
  const error = Math.sqrt((byChance * (1 - byChance)) / count);
  const accuracy = right / count;
  return accuracy > byChance + 2 * error ? [] : [{ code: 'no better than guessing', accuracy, byChance }];
}

/** The label of each column by some of the records; columns that are left over get a free label. */
function assignment(
  top: Int32Array,
  labels: Int32Array,
  classes: number,
  counted: (row: number) => boolean,
): Int32Array {
  const counts = new Map<number, number>();
  for (let row = 0; row < top.length; row++) {
    if (!counted(row)) continue;
    const cell = top[row] * classes + labels[row];
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const labelOfColumn = new Int32Array(classes).fill(-1);
  const taken = new Uint8Array(classes);
  const take = (column: number, label: number): void => {
    if (labelOfColumn[column] >= 0 || taken[label] === 1) return;
    labelOfColumn[column] = label;
    taken[label] = 1;
  };
  for (const [cell] of [...counts].sort(([a, x], [b, y]) => y - x || a - b)) {
    take(Math.floor(cell / classes), cell % classes);
  }
  for (let column = 0; column < classes; column++) take(column, column);
  let free = 0;
  for (let column = 0; column < classes; column++) {
    if (labelOfColumn[column] >= 0) continue;
    while (taken[free] === 1) free++;
    take(column, free);
  }
  return labelOfColumn;
}
