import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  initialWeights,
  layerShapes,
  mlpRevision,
  paperHidden,
  parameterCount,
  type MlpShape,
} from '../../src/models/mlp';

const paper: MlpShape = { name: 'mlp', features: 446, hidden: paperHidden, classes: 30 };

describe('mlp', () => {
  it('has the parameter count of the same network in PyTorch', () => {
    // sum(p.numel() for p in Sequential(Linear(446, 1024), Tanh(), ..., Linear(128, 30)).parameters())
    expect(parameterCount(paper)).toBe(1_150_622);
  });

  it('draws start weights on +-1/sqrt(in), evenly, with kernel and bias of each layer', () => {
    const weights = initialWeights(paper, { seed: 1, role: 'target', index: 0 });
    layerShapes(paper).forEach(([inputs, outputs], layer) => {
      const [kernel, bias] = weights.slice(2 * layer, 2 * layer + 2);
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
    initialWeights(paper, { seed: 1, role: 'target', index: 0 }).forEach((w) =>
      hash.update(new Uint8Array(w.buffer)),
    );
    expect([mlpRevision, hash.digest('hex').slice(0, 16)]).toEqual([1, '2ba81f65b680961e']);
  });

  it('refuses a width that is no positive whole number', () => {
    expect(() => layerShapes({ ...paper, hidden: [0] })).toThrow(
      /width of layer 1 is 0, but must be a whole number/,
    );
  });
});
