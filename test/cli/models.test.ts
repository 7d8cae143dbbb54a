import { describe, expect, it } from 'vitest';
import { modelNames } from '../../src/models/registry';
import { ccl } from './ccl';

describe('ccl models', () => {
  it('prints every network as JSON with its count, options and input, and those left out', () => {
    const { status, stdout } = ccl('models', '--json');
    expect(status).toBe(0);
    const { models, leftOut } = JSON.parse(stdout) as {
      models: Record<string, unknown>[];
      leftOut: Record<string, string>;
    };
    expect(models.map(({ name }) => name)).toEqual(modelNames);
    expect(models.find(({ name }) => name === 'resnet18')).toMatchObject({
      parameters: 11_181_642,
      input: [32, 32, 3],
      classes: 10,
      batchNorm: true,
      options: { norm: 'batch' },
    });
    expect(Object.keys(leftOut)).toEqual(['vit_b_16', 'wide_resnet50_2']);
  });

  it('says in words which ones need a GPU and what is left out', () => {
    const { stdout } = ccl('models');
    expect(stdout).toMatch(
      /densenet121: DenseNet-121.*\n.*6,964,106 parameters with input 32 x 32 x 3 and 10 classes/,
    );
    expect(stdout).toMatch(/need a GPU: an epoch/);
    expect(stdout).toMatch(/Left out:\n {4}vit_b_16: /);
  });
});
