import { describe, expect, it } from 'vitest';
import { recordEpoch, statisticsOf } from '../../src/attacks/epochs';
import { randomStream } from '../../src/platform/math/random';
import { normalQuantile } from '../../src/platform/math/distributions';

describe('epoch record', () => {
  const signals = {
    n: 3,
    classes: 2,
    logits: Float64Array.of(Math.log(3), 0, 0, 0, 0, Math.log(4)),
    labels: Int32Array.of(0, 1, 0),
    members: Uint8Array.of(1, 1, 0),
  };

  it('has every quantity by hand, members and non-members apart', () => {
    const { epoch, members, nonMembers } = recordEpoch(signals, 4);
    expect(epoch).toBe(4);
    // Members: p_y = 3/4 and 1/2; non-member: p_y = 1/5.
    expect(members.trueClassProbability.mean).toBeCloseTo(0.625, 14);
    expect(members.trueClassProbability.variance).toBeCloseTo(1 / 64, 14);
    expect(members.loss.mean).toBeCloseTo((Math.log(4 / 3) + Math.log(2)) / 2, 14);
    expect(members.scaledLogit.quantiles[50]).toBeCloseTo(Math.log(3) / 2, 14);
    expect(nonMembers.loss.mean).toBeCloseTo(Math.log(5), 14);
    expect(nonMembers.entropy.mean).toBeCloseTo(-(0.2 * Math.log(0.2) + 0.8 * Math.log(0.8)), 14);
    expect(nonMembers.modifiedEntropy.mean).toBeCloseTo(-0.8 * Math.log(0.2) - 0.8 * Math.log(0.2), 14);
    expect(nonMembers.loss.variance).toBe(0);
    expect(nonMembers.loss.tailWeight).toBe(0);
  });

  it('tail weight: one outlier carries all, a normal sample 8 per cent', () => {
    expect(statisticsOf([...new Array<number>(199).fill(0), 1]).tailWeight).toBeGreaterThan(0.99);
    const stream = randomStream({ seed: 1, role: 'evaluation', purpose: 'noise' });
    const normal = Float64Array.from({ length: 20000 }, () => normalQuantile(stream.uniform() + 1e-17));
    expect(Math.abs(statisticsOf(normal).tailWeight - 0.0845)).toBeLessThan(0.008);
  });

  it('refuses what cannot be recorded', () => {
    expect(() => recordEpoch(signals, -1)).toThrow('epoch is -1');
    expect(() => recordEpoch({ ...signals, members: Uint8Array.of(1, 1, 1) }, 1)).toThrow(/member/);
    expect(() => statisticsOf([])).toThrow('at least');
  });
});
