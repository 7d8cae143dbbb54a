import { expect, it } from 'vitest';
import { chosenAttacks } from '../../src/audit/audit-signals';

it('an audit takes the names of studies: lira stands for all of its variants', () => {
  const names = (list: string): string[] => chosenAttacks(list).map(({ name }) => name);
  expect(names('lira')).toEqual([...names('lira-online'), ...names('lira-offline')]);
  expect(names('lira').length).toBeGreaterThan(2);
  // A name of its own is not the start of another one.
  expect(names('loss')).toEqual(['loss']);
  expect(() => names('lirra')).toThrow(/"lirra" is no attack\./);
});
