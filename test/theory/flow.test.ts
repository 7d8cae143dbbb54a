import { describe, expect, it } from 'vitest';
import { atProbability } from '../../src/theory/confidence';
import { closedTimeFunction, flow } from '../../src/theory/flow';
import { sampleStart, truncatedNormalStart } from '../../src/theory/start-distribution';
import { type AtMean, varianceAtMean, varianceTrajectory } from '../../src/theory/variance-flow';
import { theoryFixtures as fixtures } from '../fixtures/theory/fixtures';
import { relativeError } from '../relative-error';
import { namedLoss } from './named-loss';

const start = truncatedNormalStart(2.3, 0.6);

const solved = new Map<string, AtMean>();

/** In logit space, each solved once. */
function atMean(name: string, mean: number): AtMean {
  const key = `${name} ${mean}`;
  const found = solved.get(key) ?? varianceAtMean(namedLoss(name), start, mean);
  solved.set(key, found);
  return found;
}

/** Var(u) at mean 1.5, 1, 0.5 and 0.2, to the digits of the derivation's table. */
const table: Record<string, number[]> = {
  ce: [0.19411, 0.08741, 0.01403, 0.00065],
  'ccel 0.9': [0.20077, 0.09479, 0.01712, 0.00091],
  'ccel 0.5': [0.25052, 0.15299, 0.04663, 0.00444],
  'ccql 0.5': [0.24753, 0.14767, 0.04169, 0.00336],
  'ccel 0.2': [0.37688, 0.31115, 0.15045, 0.03095],
  cel: [0.80927, 0.87183, 0.61282, 0.27959],
};

describe('variance at matched means in logit space', () => {
  for (const [name, rows] of Object.entries(fixtures.matchedLogit)) {
    it(`${name} is that of an independent solver in u, within the error that is claimed`, () => {
      for (const { mean, time, variance } of rows) {
        const found = atMean(name, mean);
        expect(relativeError(found.mean.value, mean)).toBeLessThan(1e-11);
        expect(relativeError(found.variance.value, variance)).toBeLessThan(1e-6);
        expect(Math.abs(found.variance.value - variance)).toBeLessThan(
          found.variance.error + 1e-8 * variance,
        );
        expect(relativeError(found.time, time)).toBeLessThan(1e-7);
      }
    });
  }

  it('has the printed digits of the table', () => {
    for (const [name, wanted] of Object.entries(table)) {
      const found = [1.5, 1, 0.5, 0.2].map((mean) => atMean(name, mean).variance.value);
      expect(found.map((value) => value.toFixed(5))).toEqual(wanted.map((value) => value.toFixed(5)));
    }
  });

  it('does not depend on the number of classes, which is a matter of time only', () => {
    const many = atMean('ccel 0.5', 0.5);
    const binary = varianceAtMean(namedLoss('ccel 0.5'), start, 0.5, { classes: 2 });
    expect(relativeError(binary.variance.value, many.variance.value)).toBeLessThan(1e-8);
    expect(relativeError(2 * binary.time, many.time)).toBeLessThan(1e-8);
  });
});

describe('variance at matched means in p-space', () => {
  for (const [name, rows] of Object.entries(fixtures.matchedProbability)) {
    it(`${name} is that of an inverted time table`, () => {
      // The solver of CCEL is slow here: one level is enough.
      for (const { mean, time, variance } of name === 'ccel 0.5' ? rows.slice(1, 2) : rows) {
        const found = varianceAtMean(namedLoss(name), start, mean, { space: 'probability' });
        expect(relativeError(found.variance.value, variance)).toBeLessThan(1e-4);
        expect(Math.abs(found.variance.value - variance)).toBeLessThan(found.variance.error + 1e-8);
        expect(relativeError(found.time, time)).toBeLessThan(2e-4);
      }
    });
  }

  it('a record that reaches p = 1 stays there', () => {
    expect(flow(namedLoss('cel'), sampleStart([0.1, 3]), { space: 'probability' }).lossesAt(10)).toEqual(
      Float64Array.of(0, 0),
    );
  });
});

describe('closed time functions', () => {
  const names = ['ce', 'cql', 'ccql 0.5', 'ccql 0.2', 'ccql 0.199999', 'ccql 0.05', 'ccql 1'];
  it('are antiderivatives of the reciprocal speed', () => {
    for (const name of [...names, 'cel']) {
      for (const space of ['logit', 'probability'] as const) {
        const time = closedTimeFunction(namedLoss(name), space);
        if (name === 'cel' && space === 'logit') {
          expect(time).toBeNull();
          continue;
        }
        for (const p of [0.05, 0.3, 0.7, 0.95]) {
          const h = 1e-4;
          const slope =
            (8 * (time!(atProbability(p + h)) - time!(atProbability(p - h))) -
              (time!(atProbability(p + 2 * h)) - time!(atProbability(p - 2 * h)))) /
            (12 * h);
          const w = namedLoss(name).weight(p);
          const wanted = space === 'logit' ? 1 / (p * (1 - p) ** 2 * w) : p / w;
          expect(relativeError(slope, wanted)).toBeLessThan(1e-6);
        }
      }
    }
  });

  it('do not exist for CCEL and focal', () => {
    expect(closedTimeFunction(namedLoss('ccel 0.5'), 'logit')).toBeNull();
    expect(closedTimeFunction(namedLoss('ccel 0.5'), 'probability')).toBeNull();
    expect(closedTimeFunction(namedLoss('focal 2'), 'logit')).toBeNull();
  });

  it('give what the ODE solver gives', () => {
    const records = sampleStart([0.01, 0.2, 1, 3, 6]);
    for (const name of names) {
      for (const space of ['logit', 'probability'] as const) {
        const closed = flow(namedLoss(name), records, { space }).lossesAt(0.15);
        const numeric = flow(namedLoss(name), records, { space, numeric: true }).lossesAt(0.15);
        closed.forEach((u, i) => expect(Math.abs(u - numeric[i])).toBeLessThan(1e-8));
      }
    }
  });
});

describe('trajectories and bad input', () => {
  it('the variance of CE falls in time, that of CEL first grows', () => {
    const times = [0, 0.5, 1, 2];
    const ce = varianceTrajectory(namedLoss('ce'), start, times);
    const cel = varianceTrajectory(namedLoss('cel'), start, times);
    for (let i = 1; i < times.length; i++) expect(ce.variance[i]).toBeLessThan(ce.variance[i - 1]);
    expect(cel.variance[1]).toBeGreaterThan(cel.variance[0]);
    expect(Math.max(...ce.error)).toBeLessThan(1e-9);
  });

  it('names value and range of a mean that cannot be reached', () => {
    expect(() => varianceAtMean(namedLoss('ce'), start, 2.5)).toThrow(
      /the mean loss is 2.5, but must be in \(0, 2.300/,
    );
    expect(() => varianceAtMean(namedLoss('ce'), start, 0)).toThrow('the mean loss is 0');
    expect(() => varianceAtMean(namedLoss('ce'), start, NaN)).toThrow('the mean loss is NaN');
    const capped = namedLoss('focal-ccel-as-coded 0.5');
    expect(() => varianceAtMean(capped, start, 0.3)).toThrow(/cannot be reached.*still at a mean of 0\.80/);
  });

  it('refuses a bad time and a bad number of classes', () => {
    expect(() => varianceTrajectory(namedLoss('ce'), start, [-1])).toThrow('time is -1');
    expect(() => varianceTrajectory(namedLoss('ccel 0.5'), start, [Infinity])).toThrow('time is Infinity');
    expect(() => flow(namedLoss('ce'), start, { classes: 1 })).toThrow('classes is 1');
  });
});
