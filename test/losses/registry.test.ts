import { describe, expect, it } from 'vitest';
import { parameterInfo } from '../../src/losses/parameters';
import { loss, lossFromData, lossNames, losses } from '../../src/losses/registry';

describe('what the registry tells', () => {
  it.each(lossNames)(
    '%s: title, formula, source, parameters with range and default; every loss has beta',
    (name) => {
      const { title, formula, reference, kind, parameters } = losses[name];
      for (const text of [title, formula, reference]) expect(text.length).toBeGreaterThan(3);
      const made = lossFromData(name);
      expect([made.name, made.kind]).toEqual([name, kind]);
      for (const [option, schema] of Object.entries(parameters.shape)) {
        const info = parameterInfo(schema);
        expect(info?.meaning.length, option).toBeGreaterThan(3);
        expect(made.options[option]).toBe(info?.default);
      }
      expect(made.options.beta).toBe(1);
    },
  );

  it.each(lossNames)('%s: its filled-in options make it again, also after JSON', (name) => {
    const { options, label } = lossFromData(name, { beta: 2 });
    const again = lossFromData(name, JSON.parse(JSON.stringify(options)));
    expect([again.options, again.label]).toEqual([options, label]);
  });

  it('the options of CE, CCEL and CCQL, which name stored runs, are what they were', () => {
    expect(loss('ce').options).toEqual({ beta: 1 });
    expect(loss('ccel').options).toEqual({ alpha: 0.5, beta: 1 });
    expect(loss('ccql').options).toEqual({ alpha: 0.5, beta: 1 });
    expect(loss('ccel', { beta: 0.05 }).label).toBe('CCEL (alpha 0.5, beta 0.05)');
  });
});

describe('bad options', () => {
  it.each([
    ['ccel', { alpha: 1.5 }, /^loss ccel: alpha is 1\.5, but must be in \[0, 1\]\. Correct it/],
    ['ccel', { alpha: -0.1 }, /alpha is -0\.1, but must be in \[0, 1\]/],
    ['ccel', { alpha: NaN }, /alpha is NaN/],
    ['ccel', { alpha: '0.5' }, /alpha is "0\.5", but must be a number in \[0, 1\]/],
    ['ccel', { gama: 1 }, /"gama" is no option of loss ccel/],
    ['ccel', { beta: 0 }, /beta is 0, but must be a positive number/],
    ['focal', { gamma: -1 }, /gamma is -1, but must be at least 0/],
    ['focal', { gamma: Infinity }, /gamma is Infinity/],
    ['gce', { q: 0 }, /q is 0, but must be in \(0, 1\]/],
    ['phuber', { tau: 1 }, /tau is 1, but must be above 1/],
    ['ccl-taylor', { terms: 2.5 }, /terms is 2\.5, but must be a whole number in \[1, 100\]/],
    ['label-smoothing', { epsilon: 2 }, /epsilon is 2, but must be in \[0, 1\]/],
    ['flooding', { level: -1 }, /level is -1, but must be at least 0/],
    ['ccell', {}, /"ccell" is no loss\. Did you mean "ccel"\?/],
    ['toString', {}, /"toString" is no loss/],
  ])('%s %j', (name, options, message) => {
    expect(() => lossFromData(name, options)).toThrow(message);
  });
});

describe('convex-concave of parts', () => {
  it.each([
    [
      'a concave part that is convex',
      { concave: 'ce' },
      /The concave part CE has curvature .* at p = .*must not be positive anywhere on \[0, 1\]\. Choose another part \(for instance cel/,
    ],
    // p (1 - p)-like places: CCEL(0.5) is convex below 0.70 only, so the complaint must name a p below it.
    [
      'a concave part that is convex somewhere',
      { concave: 'ccel' },
      /The concave part CCEL \(alpha 0\.5\) has curvature/,
    ],
    [
      'a concave part that rises',
      { concave: 'focal-ccel-as-coded' },
      /concave part Focal \+ e\^p as coded .* has slope .* at p = 1\.000, but its slope must not be positive/,
    ],
    [
      'a convex part that is concave',
      { convex: 'cel' },
      /The convex part CEL has curvature -2\.718 at p = 1\.000, but its curvature must not be negative/,
    ],
    [
      'a convex part that rises',
      { convex: 'flooding-per-sample' },
      /The convex part Flooding .* has slope 1\.\d+ at p = 0\.90/,
    ],
    [
      'an option of no part',
      { gamma: 2 },
      /"gamma" is no option of loss convex-concave with these parts.*convex, concave, alpha, beta/,
    ],
    [
      'an option that its part lacks',
      { 'concave.gamma': 2 },
      /"gamma" is no option of concave part cel of loss convex-concave/,
    ],
    [
      'a wrong option of a part',
      { convex: 'focal', 'convex.gamma': -1 },
      /convex part focal of loss convex-concave: gamma is -1, but must be at least 0/,
    ],
    ['a beta of a part', { 'convex.beta': 2 }, /"beta" is no option of convex part ce/],
    ['an unknown part', { convex: 'cross' }, /convex is "cross"/],
  ])('%s', (_what, options, message) => {
    expect(() => lossFromData('convex-concave', options)).toThrow(message);
  });

  it('a part that is linear may be either', () => {
    expect(loss('convex-concave', { convex: 'mae', concave: 'mae', alpha: 0.25 }).value(0.25)).toBe(1.5);
  });

  it('is written out whole in its options and label', () => {
    const made = loss('convex-concave', {
      convex: 'focal',
      'convex.gamma': 1,
      concave: 'concave-log',
      alpha: 0.25,
    });
    expect(made.options).toEqual({
      convex: 'focal',
      'convex.gamma': 1,
      concave: 'concave-log',
      'concave.gamma': 1,
      alpha: 0.25,
      beta: 1,
    });
    expect(made.label).toBe('Focal (gamma 1) + Concave log (gamma 1), alpha 0.25');
  });
});
