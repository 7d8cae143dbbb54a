import { expect, it } from 'vitest';
import { study } from '../../src/experiments/study';
import { paperGrid } from '../../src/studies/paper-grid';

it('the grid of the scaling page has a valid setting of each method, about 2,000 models in all', () => {
  const grids = (['cifar10', 'cifar100'] as const).map((data) => study(paperGrid(data)));
  const models = grids.map(({ defenses, seeds, shadows }) => defenses.length * seeds.length * (1 + shadows));
  expect(models[0] + models[1]).toBe(1960);
  expect(grids.every(({ recipe }) => recipe.epochs === 300)).toBe(true);
});
