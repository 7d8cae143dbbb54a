import { UserError } from '../errors';
import { logSoftmax } from '../signals/log-softmax';
import type { ModelSignals, SignalSet } from '../signals/signal-set';

/** Half precision keeps 11 bits: outputs that were stored so differ by at most this share of their largest logit. */
const precision = 2 ** -10;

/**
 * Refuses a set that holds one model twice: a reference model that is the target once more agrees with it on everything,
 * and whoever compares the two sees a leak that is none. The same model is the same membership with the same outputs up
 * to half precision, whatever the file or its type of numbers.
 *
 * @throws UserError that names both models
 */
export function refuseSameModel(set: SignalSet): void {
  const byMembership = new Map<string, number[]>();
  set.members.forEach((row, m) => {
    const key = row.join('');
    byMembership.set(key, [...(byMembership.get(key) ?? []), m]);
  });
  for (const twins of byMembership.values()) {
    twins.forEach((one, i) => {
      for (const other of twins.slice(i + 1)) {
        if (agree(set.model(one), set.model(other))) throw sameModel(set, one, other);
      }
    });
  }
}

/** Stops at the first record on which the two differ. */
function agree(one: ModelSignals, other: ModelSignals): boolean {
  const { n, classes } = one;
  for (let i = 0; i < n; i++) {
    const rows = [one, other].map(({ logits }) => logits.subarray(i * classes, (i + 1) * classes));
    let largest = 1;
    for (const row of rows) for (const logit of row) largest = Math.max(largest, Math.abs(logit));
    const tolerance = 2 * precision * largest;
    const [a, b] = rows.map((row) => logSoftmax({ n: 1, classes, logits: row }));
    for (let k = 0; k < classes; k++) if (Math.abs(a[k] - b[k]) > tolerance) return false;
  }
  return true;
}

function sameModel({ target, files = [] }: SignalSet, one: number, other: number): UserError {
  const named = (m: number): string => `model ${m}${m === target ? ' (the target)' : ''}`;
  const of = files.length > 1 ? ` of ${files.map(({ name }) => name).join(', ')}` : '';
  return new UserError(
    `${named(one)} and ${named(other)}${of} have the same members and the same outputs: it is one model twice, and ` +
      'comparing a model with itself finds leaks that are none. Models are counted from 0 over all files; leave one of ' +
      'the two out.',
  );
}
