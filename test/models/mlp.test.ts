import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mlpRevision } from '../../src/models/mlp';
import { model } from '../../src/models/registry';

const paper = model('mlp', { features: 446, classes: 30 });
const key = { seed: 1, role: 'target', index: 0 } as const;

describe('mlp', () => {
  it('draws start weights on +-1/sqrt(in), evenly, with weight and bias of each layer', () => {
    const start = paper.initial(key).parameters;
    paper.parameters.forEach(({ role, shape }, i) => {
      if (role !== 'weight') return;
      const [inputs, outputs] = shape;
      const [kernel, bias] = start.slice(i, i + 2);
      expect([kernel.length, bias.length]).toEqual([inputs * outputs, outputs]);
      const bound = 1 / Math.sqrt(inputs);
      expect(kernel.every((w) => Math.abs(w) <= bound)).toBe(true);
      // Variance of a uniform distribution, within 5 standard errors of its estimate.
      const variance = kernel.reduce((sum, w) => sum + w * w, 0) / kernel.length;
      const standardError = (bound ** 2 * Math.sqrt(4 / 45)) / Math.sqrt(kernel.length);
      expect(Math.abs(variance - bound ** 2 / 3)).toBeLessThan(5 * standardError);
    });
  });

  it('still starts as revision 1 did: whoever changes it raises mlpRevision', () => {
    const hash = createHash('sha256');
    paper.initial(key).parameters.forEach((w) => hash.update(new Uint8Array(w.buffer)));
    expect([mlpRevision, hash.digest('hex').slice(0, 16)]).toEqual([1, '2ba81f65b680961e']);
  });

  it('refuses a width that is no positive whole number', () => {
    expect(() => model('mlp', { features: 446, classes: 30, hidden: [0] })).toThrow(/hidden\.0 is 0/);
  });
});
