import { describe, expect, it } from 'vitest';
import {
  epsilonOfGaussianDp,
  fDpEpsilon,
  fDpGaussianMu,
  fDpRejected,
  leastChanceOfDp,
  oneRunEpsilon,
  oneRunPValue,
} from '../../src/metrics/epsilon';
import { epsilonBySplitSample, epsilonOfManyModels } from '../../src/metrics/epsilon-many-models';
import { epsilonOfOneRun } from '../../src/metrics/epsilon-one-run';
import { relativeError } from '../relative-error';
import { statisticsFixtures as fixtures } from '../fixtures/metrics/statistics';
import { binormal } from './binormal';
import { leakyResponse, randomizedResponse } from './randomized-response';

const coins = { delta: 0, randomizedMembership: true };

describe('one training run', () => {
  it('gives the values printed in Steinke, Nasr and Jagielski 2023 (appendix D; section 7)', () => {
    expect(oneRunEpsilon({ canaries: 1000, guesses: 100, correct: 75 }, 1e-4)).toBeCloseTo(0.673, 3);
    // The paper cuts 2.6758 off.
    expect(Math.floor(oneRunEpsilon({ canaries: 100000, guesses: 1510, correct: 1439 }, 1e-5) * 1000)).toBe(
      2675,
    );
  });

  it('agrees with the theorem and the f-DP recursion in Python', () => {
    for (const { counts, delta, pAtOne, epsilon, fDp, mu } of fixtures.oneRun) {
      const guesses = { canaries: counts[0], guesses: counts[1], correct: counts[2] };
      expect(relativeError(oneRunPValue(guesses, 1, delta), pAtOne)).toBeLessThan(1e-9);
      expect(oneRunEpsilon(guesses, delta)).toBeCloseTo(epsilon, 7);
      expect(fDpEpsilon(guesses, delta)).toBeCloseTo(fDp, 7);
      expect(fDpGaussianMu(guesses)).toBeCloseTo(mu, 6);
    }
    expect(fixtures.oneRun.some(({ epsilon }) => epsilon > 2)).toBe(true);
  });

  it('turns mu of Gaussian DP into the exact epsilon at delta', () => {
    for (const [mu, delta, epsilon] of fixtures.gaussianDp) {
      expect(epsilonOfGaussianDp(mu, delta)).toBeCloseTo(epsilon, 6);
    }
    expect(epsilonOfGaussianDp(0, 0)).toBe(0);
    expect(epsilonOfGaussianDp(1, 0)).toBe(Infinity);
  });

  it('is 0, never below, for guesses that are no better than coins', () => {
    const guesses = { canaries: 100, guesses: 50, correct: 20 };
    expect(oneRunEpsilon(guesses, 1e-5)).toBe(0);
    expect(fDpEpsilon(guesses, 1e-5)).toBe(0);
    expect(oneRunEpsilon({ canaries: 10, guesses: 0, correct: 0 }, 0)).toBe(0);
  });

  it('falls when delta is allowed, and with each wrong guess', () => {
    const guesses = { canaries: 2000, guesses: 400, correct: 390 };
    const worse = { ...guesses, correct: 370 };
    for (const bound of [oneRunEpsilon, fDpEpsilon]) {
      expect(bound(guesses, 1e-3)).toBeLessThan(bound(guesses, 0));
      expect(bound(worse, 0)).toBeLessThan(bound(guesses, 0));
    }
    expect(fDpRejected(guesses, leastChanceOfDp(0, 0))).toBe(true);
    expect(fDpRejected(guesses, leastChanceOfDp(10, 0))).toBe(false);
  });

  it('stays below the truth of randomized response, and comes near it', () => {
    for (const epsilon of [0.5, 2]) {
      let [above, aboveFdp, sum] = [0, 0, 0];
      for (let draw = 0; draw < 200; draw++) {
        const { scores, members } = randomizedResponse(draw, 1000, epsilon);
        const found = epsilonOfOneRun(scores, members, {
          ...coins,
          guesses: { members: 400, nonMembers: 400 },
        });
        if (found.oneRun.epsilon! > epsilon) above++;
        if (found.fDp.epsilon! > epsilon) aboveFdp++;
        sum += found.oneRun.epsilon! / 200;
      }
      // 5 % are allowed; 200 draws of 5 % stay at or below 18 but for one time in a thousand.
      expect(above).toBeLessThanOrEqual(18);
      expect(aboveFdp).toBeLessThanOrEqual(18);
      expect(sum).toBeGreaterThan(epsilon - 0.35);
    }
  });

  it('counts delta: coins that are shown for certain do not pass for a large epsilon', () => {
    let above = 0;
    let without = 0;
    for (let draw = 0; draw < 200; draw++) {
      const { scores, members } = leakyResponse(draw, 1000, 0.5, 0.05);
      const audit = { ...coins, guesses: { members: 20, nonMembers: 20 } };
      const found = epsilonOfOneRun(scores, members, { ...audit, delta: 0.05 });
      if (Math.max(found.oneRun.epsilon!, found.fDp.epsilon!) > 0.5) above++;
      if (epsilonOfOneRun(scores, members, audit).oneRun.epsilon! > 0.5) without++;
    }
    expect(above).toBeLessThanOrEqual(18);
    // Taken for pure differential privacy the same guesses refute epsilon 0.5, rightly.
    expect(without).toBeGreaterThan(190);
  });

  it('bounds mu of the Gaussian mechanism from below', () => {
    let above = 0;
    let sum = 0;
    for (let draw = 0; draw < 100; draw++) {
      // Score = coin + N(0, 1): mu = 1.
      const [scores, members] = binormal(draw, 500, 500, 1, 1);
      const found = epsilonOfOneRun(scores, members, {
        ...coins,
        guesses: { members: 100, nonMembers: 100 },
      });
      const mu = fDpGaussianMu(found.guesses!);
      if (mu > 1) above++;
      if (found.fDp.epsilon! > epsilonOfGaussianDp(1, 1e-9)) above++;
      sum += mu / 100;
    }
    expect(above).toBeLessThanOrEqual(12);
    expect(sum).toBeGreaterThan(0.5);
  });

  it('chooses guess counts on one half and judges them on the other', () => {
    const { scores, members } = randomizedResponse(9, 4000, 3);
    const found = epsilonOfOneRun(scores, members, { ...coins, delta: 1e-5 });
    expect(found.guesses!.canaries).toBe(2000);
    expect(found.oneRun.method).toContain('chosen on the other half');
    expect(found.oneRun.epsilon!).toBeGreaterThan(2);
    expect(found.oneRun.epsilon!).toBeLessThan(3);
    expect(epsilonOfOneRun(scores, members, { ...coins, delta: 1e-5 })).toEqual(found);
  });

  it('does not read membership out of the order of records with equal scores', () => {
    const members = Uint8Array.from({ length: 1000 }, (_, i) => (i < 500 ? 1 : 0));
    const found = epsilonOfOneRun(new Float64Array(1000), members, {
      ...coins,
      guesses: { members: 200, nonMembers: 200 },
    });
    expect(found.guesses!.correct).toBeLessThan(250);
    expect(found.oneRun.epsilon).toBe(0);
  });

  it('gives no bound without coins or for scores fitted on this membership, and says why', () => {
    const { scores, members } = randomizedResponse(1, 100, 2);
    const unrandomized = epsilonOfOneRun(scores, members, { delta: 0, randomizedMembership: false });
    expect(unrandomized).toMatchObject({ oneRun: { epsilon: null }, fDp: { epsilon: null }, guesses: null });
    expect(unrandomized.oneRun.reason).toContain('randomized_membership');
  });

  it('says why it is 0: guesses within chance, or fewer right than by chance', () => {
    const members = Uint8Array.from({ length: 400 }, (_, i) => i % 2);
    const turned = Float64Array.from(members, (member) => -member);
    const audit = { delta: 1e-5, randomizedMembership: true };
    const zero = epsilonOfOneRun(turned, members, audit);
    expect(zero.oneRun).toMatchObject({
      epsilon: 0,
      reason: expect.stringContaining('fewer than by chance'),
    });
    const useless = Float64Array.from(members, (_, i) => Math.sin(i * i));
    const none = epsilonOfOneRun(useless, members, audit);
    expect(none.fDp).toMatchObject({ epsilon: 0, reason: expect.stringContaining('guesses are right') });
    expect(epsilonOfOneRun(Float64Array.from(members), members, audit).oneRun.reason).toBe('');
  });

  it('refuses nonsense', () => {
    const { scores, members } = randomizedResponse(1, 100, 2);
    const ask = (guesses: { members: number; nonMembers: number }): unknown =>
      epsilonOfOneRun(scores, members, { ...coins, guesses });
    expect(() => ask({ members: 60, nonMembers: 60 })).toThrow('sum to at most 100');
    expect(() => epsilonOfOneRun(scores, members, { ...coins, delta: 1 })).toThrow('delta is 1');
    expect(() => oneRunPValue({ canaries: 5, guesses: 6, correct: 1 }, 1, 0)).toThrow('the guesses');
    expect(() => oneRunPValue({ canaries: 5, guesses: 5, correct: 1 }, -1, 0)).toThrow('epsilon is -1');
  });
});

describe('independent models with one canary each', () => {
  it('is the Clopper-Pearson bound of statsmodels', () => {
    for (const { counts, delta, epsilon } of fixtures.manyModels) {
      const [truePositives, members, falsePositives, nonMembers] = counts;
      const found = epsilonOfManyModels({ truePositives, members, falsePositives, nonMembers }, delta);
      expect(found.epsilon).toBeCloseTo(epsilon, 9);
      expect(found.delta).toBe(delta);
    }
    expect(fixtures.manyModels.map(({ epsilon }) => epsilon)).toContain(0);
  });

  it('stays below the truth of randomized response with a cut from a split sample', () => {
    let above = 0;
    for (let draw = 0; draw < 200; draw++) {
      const { scores, members } = randomizedResponse(draw, 600, 1.5);
      if (epsilonBySplitSample(scores, members, 0).epsilon! > 1.5) above++;
    }
    expect(above).toBeLessThanOrEqual(18);
    const { scores, members } = randomizedResponse(1, 20000, 1.5);
    const found = epsilonBySplitSample(scores, members, 0);
    expect(found.epsilon!).toBeGreaterThan(1.3);
    expect(found.method).toContain('other half');
  });

  it('gives no bound for several canaries a model or models of one kind', () => {
    const counts = { truePositives: 9, members: 10, falsePositives: 0, nonMembers: 10 };
    expect(epsilonOfManyModels(counts, 0, 5)).toMatchObject({ epsilon: null });
    expect(epsilonOfManyModels(counts, 0, 5).reason).toContain('5 canaries a model');
    expect(epsilonOfManyModels({ ...counts, falsePositives: 0, nonMembers: 0 }, 0).reason).toContain(
      'one kind',
    );
  });

  it('refuses too few models and a delta that is none', () => {
    expect(() => epsilonBySplitSample(Float64Array.of(1, 2), Uint8Array.of(1, 0), 0)).toThrow('at least 4');
    const counts = { truePositives: 9, members: 10, falsePositives: 0, nonMembers: 10 };
    expect(() => epsilonOfManyModels(counts, -1)).toThrow('delta is -1');
  });
});

it('the simulated randomized response answers truly with chance e^eps / (1 + e^eps)', () => {
  const { scores, members } = randomizedResponse(3, 20000, 1);
  const right = scores.filter((score, i) => (score >= 1 ? 1 : 0) === members[i]).length / 20000;
  expect(right).toBeCloseTo(Math.E / (1 + Math.E), 2);
});
