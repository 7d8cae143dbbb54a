import { expect, it } from 'vitest';
import { defensesDocument } from '../../src/defenses/defenses-document';
import { measuredRuns } from '../../src/defenses/measured';
import { defenseNames } from '../../src/defenses/registry';
import { ccl } from './ccl';

it('ccl defenses lists all, shows one, and prints JSON and Markdown', () => {
  const text = ccl('defenses').stdout;
  for (const name of defenseNames) expect(text).toMatch(new RegExp(`^${name}: `, 'm'));
  const { defenses } = JSON.parse(ccl('defenses', '--json').stdout) as { defenses: { name: string }[] };
  expect(defenses.map(({ name }) => name).sort()).toEqual([...defenseNames].sort());
  expect(ccl('defenses', '--markdown').stdout).toBe(defensesDocument(measuredRuns()));
  const one = ccl('defenses', 'rounding').stdout;
  expect(one).toContain('decimals: digits after the point that are kept; whole in [0, 15], default 3');
  expect(one).toMatch(/on Location30, Rounding \(3 decimals\), 3 seeds: test accuracy 0\.5/);
  const loss = JSON.parse(ccl('defenses', 'ccel', '--json').stdout) as {
    isLoss: boolean;
    measured: unknown[];
  };
  expect(loss.isLoss).toBe(true);
  expect(loss.measured.length).toBeGreaterThan(0);
});

it('ccl defenses with an unknown name gives the nearest one and status 2', () => {
  const { status, stderr } = ccl('defenses', 'memgard');
  expect(status).toBe(2);
  expect(stderr).toContain('Did you mean "memguard"');
});
