import { describe, it } from 'vitest';
import { nativeIsBuilt } from '../../src/platform/backend/native';
import { compareWithTorch, fixture } from './torch-cases';

const cases = fixture.cases.map((each) => [`${each.name} ${JSON.stringify(each.options)}`, each] as const);

/** Their answers are compared here; a step of their training takes long and is in torch.full.test.ts. */
const large = /^(resnet34|resnet50|densenet121|.*224)/;

// Protects every architecture: a wrong padding, order, layout or gradient shows here.
describe.skipIf(!nativeIsBuilt())('networks against PyTorch in float64, native backend', () => {
  it.each(cases)('%s', async (title, each) => {
    await compareWithTorch(each, { train: !large.test(title) });
  });
});
