import { describe, it } from 'vitest';
import { nativeIsBuilt } from '../../src/platform/backend/native';
import { compareWithTorch, fixture } from './torch-cases';

const cases = fixture.cases.map((each) => [`${each.name} ${JSON.stringify(each.options)}`, each] as const);

// Protects every architecture: a wrong padding, order, layout or gradient shows here.
describe.skipIf(!nativeIsBuilt())('networks against PyTorch in float64, native backend', () => {
  it.each(cases)('%s', async (_, each) => {
    await compareWithTorch(each, { train: true });
  });
});
