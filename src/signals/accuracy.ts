import { topClass } from './log-softmax';
import type { ModelSignals } from './model-signals';

/** Shares of records whose largest logit is that of the true class. */
export interface Accuracy {
  /** Accuracy on members, in [0, 1]: the training accuracy, if all members of the model are there. */
  readonly members: number;
  /** Accuracy on non-members, in [0, 1]: the test accuracy. */
  readonly nonMembers: number;
}

/** 1 where the largest logit is that of the true class, [n]. Of several largest logits the first one counts. */
export function correct({ n, classes, logits, labels }: Omit<ModelSignals, 'members'>): Uint8Array {
  const out = new Uint8Array(n);
  for (let row = 0; row < n; row++)
    out[row] = topClass(logits, row * classes, classes) === labels[row] ? 1 : 0;
  return out;
}

/** Accuracy on each side; both sides must be there (see `checkSignals`). Of several largest logits the first counts. */
export function accuracy(signals: ModelSignals): Accuracy {
  const right = [0, 0];
  const count = [0, 0];
  correct(signals).forEach((isRight, row) => {
    right[signals.members[row]] += isRight;
    count[signals.members[row]]++;
  });
  return { members: right[1] / count[1], nonMembers: right[0] / count[0] };
}
