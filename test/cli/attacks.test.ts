import { expect, it } from 'vitest';
import { attacksDocument } from '../../src/attacks/describe';
import { attackNames } from '../../src/attacks/registry';
import { ccl } from './ccl';

it('ccl attacks lists all, as text, JSON and Markdown', () => {
  const text = ccl('attacks').stdout;
  for (const name of attackNames) expect(text).toMatch(new RegExp(`^${name}: `, 'm'));
  expect(text).toContain('YOQO: ');
  const { attacks, leftOut } = JSON.parse(ccl('attacks', '--json').stdout) as {
    attacks: { name: string; threatModel: string }[];
    leftOut: object;
  };
  expect(attacks.map(({ name }) => name)).toEqual(expect.arrayContaining(attackNames));
  expect(Object.keys(leftOut)).toContain('OSLO');
  expect(ccl('attacks', '--markdown').stdout).toBe(attacksDocument());
});
