import { expect, it } from 'vitest';
import { dataset } from '../../src/data/registry';
import { planStudy } from '../../src/experiments/plan';
import { study } from '../../src/experiments/study';
import { twelveBlocks } from '../../src/studies/small';

it('the study for tests of executors has twelve blocks, two of which wait for three others', async () => {
  const compute = { name: 'native', version: '1', threads: 1, gpu: false } as const;
  const { blocks } = planStudy(study(twelveBlocks), await dataset('location30'), compute);
  expect(blocks.length).toBe(12);
  expect(blocks.filter(({ needs }) => needs.length === 3).length).toBe(2);
});
