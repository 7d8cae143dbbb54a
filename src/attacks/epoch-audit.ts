import { badInput } from '../errors';
import { advantageChance } from '../metrics/advantage';
import { auc } from '../metrics/auc';
import type { Interval } from '../metrics/interval';
import { sortedSides } from '../metrics/sorted-sides';
import { tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import { checkSignals } from '../signals/check-signals';
import type { ModelSignals } from '../signals/signal-set';
import type { OutputAttack } from './attack';
import { attack, standardAttacks } from './registry';

/** What one attack achieves after one epoch. Intervals are 95 %, over records. */
export interface EpochAttack {
  readonly auc: Interval;
  /** Largest TPR - FPR over all cuts, and what chance alone reaches in 95 % of cases. */
  readonly largestAdvantage: number;
  readonly chance95: number;
  /** By nominal FPR, as text. */
  readonly tprAtFpr: Readonly<Record<string, Interval>>;
}

export interface AuditedEpoch {
  readonly epoch: number;
  /** By the attack's name. */
  readonly attacks: Readonly<Record<string, EpochAttack>>;
}

export interface EpochAuditOptions {
  /** Default: the standard attacks, those of a study. */
  readonly attacks?: readonly OutputAttack[];
  /** Nominal false positive rates, default 0.01. */
  readonly fprs?: readonly number[];
  /** Told after each epoch, e.g. to print a line or to stop training. */
  readonly onEpoch?: (audited: AuditedEpoch) => void;
}

/** Attacks a model while it trains. */
export interface EpochAudit {
  /** Attacks the outputs of one epoch. Hand it to training as `onEvaluation`, or call it from a loop of your own. */
  readonly onEvaluation: (signals: ModelSignals, epoch: number) => void;
  /** All epochs so far, in the order of the calls. */
  readonly epochs: readonly AuditedEpoch[];
}

/**
 * An audit for each epoch of a training loop: scores of the outputs on members and non-members, without cuts, since no shadow model
 * has been trained yet. Which epoch leaks most is read from many tries: judge the one you keep on other records.
 *
 * @throws UserError (from `onEvaluation`) for malformed signals or an epoch that is no whole number
 */
export function epochAudit(options: EpochAuditOptions = {}): EpochAudit {
  const { attacks = standardAttacks.map((name) => attack(name)), fprs = [0.01], onEpoch } = options;
  const epochs: AuditedEpoch[] = [];
  return {
    epochs,
    onEvaluation(signals, epoch) {
      if (!(Number.isInteger(epoch) && epoch >= 0)) {
        throw badInput('epoch', epoch, 'must be a whole number >= 0', 'Pass the number of finished epochs');
      }
      checkSignals(signals);
      const audited = {
        epoch,
        attacks: Object.fromEntries(
          attacks.map(({ name, score }) => [name, measured(score(signals), signals.members, fprs)]),
        ),
      };
      epochs.push(audited);
      onEpoch?.(audited);
    },
  };
}

function measured(scores: Float64Array, members: Uint8Array, fprs: readonly number[]): EpochAttack {
  const sides = sortedSides(scores, members);
  const { observed, advantage95 } = advantageChance(scores, members);
  return {
    auc: auc(scores, members),
    largestAdvantage: observed,
    chance95: advantage95,
    tprAtFpr: Object.fromEntries(fprs.map((fpr) => [String(fpr), tprIntervalOfSides(sides, fpr)])),
  };
}
