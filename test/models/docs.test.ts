import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { leftOut, modelFromData, modelNames } from '../../src/models/registry';
import { projectRoot } from '../../src/paths';

it('docs/models.md lists every network with its count, and what is left out', () => {
  const text = readFileSync(join(projectRoot, 'docs', 'models.md'), 'utf8');
  for (const name of modelNames) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    const options = name === 'mlp' ? { features: 446, classes: 30 } : {};
    expect(row).toContain(modelFromData({ name, options }).parameterCount.toLocaleString('en-US'));
    if (name === 'mlp') continue;
    const many = modelFromData({ name, options: { classes: 1000 } }).parameterCount;
    expect([name, row]).toEqual([name, expect.stringContaining(many.toLocaleString('en-US'))]);
  }
  Object.keys(leftOut).forEach((name) =>
    expect(() => modelFromData({ name })).toThrow(`${name} is left out: ${leftOut[name]}`),
  );
  expect(text).toMatch(/Left out.*ViT-B\/16.*WRN-50-2/s);
});
