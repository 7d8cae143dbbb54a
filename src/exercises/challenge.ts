import { createHash } from 'node:crypto';
import { auc } from '../metrics/auc';
import type { Interval } from '../metrics/interval';
import { tprAtFprInterval } from '../metrics/tpr-at-fpr';
import { randomStream } from '../platform/math/random';
import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';
import { badInput, UserError } from '../errors';

/** Outputs of one model on records whose membership is asked for; record i of the questions is row i. */
export interface Questions {
  readonly n: number;
  readonly classes: number;
  /** [n, classes], row-major. */
  readonly logits: Float32Array;
  /** [n], classes from 0. */
  readonly labels: Int32Array;
}

/** What the lecturer keeps: the membership of the questions, and what they were dealt from. */
export interface Truth {
  readonly schema: 'ccl-lab/challenge-truth/1';
  readonly title: string;
  readonly seed: number;
  /** [n], 1 = member. */
  readonly members: readonly number[];
}

/** A challenge: two halves of the outputs of one model, one with membership and one without. */
export interface Challenge {
  /** With membership, to try attacks on: one model alone. */
  readonly known: SignalSet;
  readonly questions: Questions;
  readonly truth: Truth;
}

/**
 * Deals the records of the target into two halves, members and non-members apart, each in random order.
 *
 * @param seed whoever knows it can repeat the deal: keep it as secret as the truth
 * @throws UserError with fewer than four members or non-members
 */
export function dealChallenge(set: SignalSet, title: string, seed: number): Challenge {
  const { logits, labels, members } = set.model(set.target);
  const stream = randomStream({ seed, role: 'evaluation', purpose: 'split' });
  const sides = [0, 1].map((side) => {
    const records = Int32Array.from(members.keys()).filter((i) => members[i] === side);
    if (records.length < 4) {
      throw badInput(
        side === 1 ? 'the members of the target' : 'the non-members of the target',
        records.length,
        'must be 4 at least, two for each half',
        'Deal from a file with more records',
      );
    }
    return Int32Array.from(stream.permutation(records.length), (i) => records[i]);
  });
  const half = (take: (side: Int32Array) => Int32Array): Int32Array => {
    const records = sides.flatMap((side) => [...take(side)]);
    return Int32Array.from(stream.permutation(records.length), (i) => records[i]);
  };
  const outputs = (records: Int32Array): Questions => {
    const k = set.classes;
    const rows = new Float32Array(records.length * k);
    records.forEach((record, i) => rows.set(logits.subarray(record * k, (record + 1) * k), i * k));
    return {
      n: records.length,
      classes: k,
      logits: rows,
      labels: Int32Array.from(records, (record) => labels[record]),
    };
  };
  const known = half((side) => side.subarray(0, side.length >> 1));
  const hidden = half((side) => side.subarray(side.length >> 1));
  const { logits: knownLogits, labels: knownLabels } = outputs(known);
  return {
    known: memorySignalSet({
      logits: [knownLogits],
      labels: knownLabels,
      members: [Uint8Array.from(known, (i) => members[i])],
      classes: set.classes,
    }),
    questions: outputs(hidden),
    truth: {
      schema: 'ccl-lab/challenge-truth/1',
      title,
      seed,
      members: Array.from(hidden, (i) => members[i]),
    },
  };
}

/** The text of the file that the lecturer keeps. Its hash is published, so that nobody can change it afterwards. */
export function truthText(truth: Truth): string {
  return `${JSON.stringify(truth)}\n`;
}

/** SHA-256 of a text, hexadecimal. */
export function commitment(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** How well scores tell the members among the questions. */
export interface ChallengeScore {
  readonly auc: Interval;
  /** TPR at a false positive rate of 1 %. */
  readonly tprAt1Percent: Interval;
}

/** One line of an answer file. */
export interface Answer {
  /** Row of the questions, from 0. */
  readonly record: number;
  /** Higher = member; any unit. */
  readonly score: number;
}

/**
 * Compares answers with the truth.
 *
 * @throws UserError if a record is missing, named twice or unknown, or a score is no number; it names the first
 */
export function scoreChallenge(answers: readonly Answer[], { members }: Truth): ChallengeScore {
  const scores = new Float64Array(members.length).fill(Number.NaN);
  for (const { record, score } of answers) {
    if (!Number.isInteger(record) || record < 0 || record >= members.length) {
      throw badInput(
        'a record',
        record,
        `must be a row of the questions, 0 to ${members.length - 1}`,
        'Correct it',
      );
    }
    if (!Number.isFinite(score)) {
      throw badInput(
        `the score of record ${record}`,
        score,
        'must be a finite number',
        'Give each record a score',
      );
    }
    if (!Number.isNaN(scores[record])) {
      throw new UserError(`Record ${record} has two scores. Keep one of them.`);
    }
    scores[record] = score;
  }
  const missing = scores.findIndex(Number.isNaN);
  if (missing >= 0) {
    throw new UserError(
      `Record ${missing} has no score (${answers.length} of ${members.length} records have one). Score each record.`,
    );
  }
  const truth = Uint8Array.from(members);
  return { auc: auc(scores, truth), tprAt1Percent: tprAtFprInterval(scores, truth, 0.01) };
}
