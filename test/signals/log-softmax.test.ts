import { describe, expect, it } from 'vitest';
import { outputScores } from '../../src/attacks/output-scores';
import {
  accuracy,
  ceLosses,
  logSoftmax,
  scaledLogit,
  trueClassProbability,
} from '../../src/signals/log-softmax';
import type { ModelSignals } from '../../src/signals/signal-set';
import { signalFixtures } from '../fixtures/metrics/fixtures';
import { relativeError } from '../relative-error';

const { classes, rows } = signalFixtures;
const signals: ModelSignals = {
  n: rows.length,
  classes,
  logits: Float64Array.from(rows.flatMap((row) => row.logits)),
  labels: Int32Array.from(rows, (row) => row.label),
  members: Uint8Array.from(rows, (_, i) => i % 2),
};

/** Digits are kept relative to the value itself, also where it is as small as exp(-700). */
function expectClose(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    // Where the exact value underflows a float64, an underflow is right.
    const error = Math.abs(value) < 1e-300 ? Math.abs(found[i] - value) : relativeError(found[i], value);
    expect(error, `entry ${i}: ${found[i]} for ${value}`).toBeLessThan(1e-13);
  });
}

describe('softmax quantities against 9,000-digit arithmetic, logits up to 1e4', () => {
  it('ln p of all classes', () => {
    expectClose(
      logSoftmax(signals),
      rows.flatMap((row) => row.logSoftmax),
    );
  });

  it('cross-entropy loss, without ties where p rounds to 1', () => {
    expectClose(
      ceLosses(signals),
      rows.map((row) => row.ceLoss),
    );
  });

  it('p_y', () => {
    expectClose(
      trueClassProbability(signals),
      rows.map((row) => row.confidence),
    );
  });

  it('scaled logit', () => {
    expectClose(
      scaledLogit(signals),
      rows.map((row) => row.scaledLogit),
    );
  });

  it('entropy', () => {
    expectClose(
      outputScores.entropy.score(signals),
      rows.map((row) => row.entropy),
    );
  });

  it('modified entropy, never 0 x infinity', () => {
    expectClose(
      outputScores['modified-entropy'].score(signals),
      rows.map((row) => row['modified-entropy']),
    );
  });

  it('confidence is p_y and loss is ln p_y', () => {
    expectClose(
      outputScores.confidence.score(signals),
      rows.map((row) => row.confidence),
    );
    expectClose(
      outputScores.loss.score(signals),
      rows.map((row) => -row.ceLoss),
    );
  });
});

describe('float32 logits', () => {
  it('are computed in float64', () => {
    const logits = Float32Array.of(12.1, 0.3, -4.7);
    const exact = { n: 1, classes: 3, logits: Float64Array.from(logits), labels: Int32Array.of(0) };
    expect(ceLosses({ ...exact, logits })).toEqual(ceLosses(exact));
    expect(ceLosses({ ...exact, logits })[0]).toBeCloseTo(
      Math.log(1 + Math.exp(logits[1] - logits[0]) + Math.exp(logits[2] - logits[0])),
      12,
    );
  });
});

describe('accuracy', () => {
  it('counts each side; the first of several largest logits is the prediction', () => {
    const tied: ModelSignals = {
      n: 5,
      classes: 2,
      logits: Float64Array.of(1, 1, 1, 1, 0, 3, 3, 0, 0, 3),
      labels: Int32Array.of(0, 1, 1, 1, 1),
      members: Uint8Array.of(1, 1, 1, 0, 0),
    };
    expect(accuracy(tied)).toEqual({ members: 2 / 3, nonMembers: 1 / 2 });
    expect([...outputScores.correctness.score(tied)]).toEqual([1, 0, 1, 0, 1]);
  });
});
