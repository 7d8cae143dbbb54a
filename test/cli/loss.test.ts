import { describe, expect, it } from 'vitest';
import { lossOption, numberOrText } from '../../src/platform/cli/option-values';
import { lossNames } from '../../src/losses/registry';
import { cclHere } from './here';

describe('ccl loss', () => {
  it('prints an array of {p, value, slope, curvature, weight}', async () => {
    const { status, stdout } = await cclHere(
      'loss',
      'ccel',
      '--alpha',
      '0.5',
      '--p',
      '0.1,0.5,0.9',
      '--json',
    );
    expect(status).toBe(0);
    const rows = JSON.parse(stdout) as Record<string, number>[];
    expect(rows.map((row) => Object.keys(row))).toEqual(
      Array(3).fill(['p', 'value', 'slope', 'curvature', 'weight']),
    );
    rows.forEach(({ p, value, slope, curvature, weight }) => {
      expect(value).toBeCloseTo(-Math.log(p) / 2 - Math.exp(p) / 2, 14);
      expect(slope).toBeCloseTo(-1 / p / 2 - Math.exp(p) / 2, 13);
      expect(curvature).toBeCloseTo(1 / (p * p) / 2 - Math.exp(p) / 2, 12);
      expect(weight).toBeCloseTo(0.5 + (p * Math.exp(p)) / 2, 14);
    });
  });

  it('prints a table, and takes the parts of the general form', async () => {
    const { stdout } = await cclHere(
      'loss',
      'convex-concave',
      '--convex',
      'focal',
      '--set',
      'convex.gamma=1',
      '--p',
      '0.5',
    );
    expect(stdout).toMatch(/^Focal \(gamma 1\) \+ CEL, alpha 0\.5: /);
    expect(stdout).toContain(String(Number(((Math.LN2 / 2 - Math.exp(0.5)) / 2).toPrecision(8))));
  });

  it.each([
    [['ccel', '--alpha', '2'], /alpha is 2, but must be in \[0, 1\]/],
    [['ccel', '--gama', '2'], /unknown option '--gama'/],
    [['cell'], /unknown command 'cell'/],
    [['ce', '--p', '1.5'], /p is 1\.5, but must be in \[0, 1\]/],
    [['label-smoothing'], /Label smoothing .* needs all logits of a record.*Choose a loss of kind p: ce, /],
    [['flooding'], /whole batch/],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await cclHere('loss', ...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

it('ccl losses lists all, as JSON and as text', async () => {
  const listed = JSON.parse((await cclHere('losses', '--json')).stdout) as {
    name: string;
    parameters: { name: string }[];
  }[];
  expect(listed.map(({ name }) => name)).toEqual(lossNames);
  for (const entry of listed) {
    expect(Object.keys(entry)).toEqual(['name', 'kind', 'title', 'formula', 'parameters', 'source', 'file']);
    expect(entry.parameters.map(({ name }) => name)).toContain('beta');
  }
  const text = (await cclHere('losses')).stdout;
  for (const name of lossNames) expect(text).toMatch(new RegExp(`^${name} \\(kind `, 'm'));
});

it('an option=value is a number where it reads as one', () => {
  expect(lossOption('concave=cql', lossOption('convex.gamma=1e-1'))).toEqual({
    'convex.gamma': 0.1,
    concave: 'cql',
  });
  expect([numberOrText('-4'), numberOrText('x'), numberOrText(' ')]).toEqual([-4, 'x', ' ']);
  for (const wrong of ['gamma', '=2', 'gamma=', 'loss=ce'])
    expect(() => lossOption(wrong)).toThrow(/option=value/);
});
