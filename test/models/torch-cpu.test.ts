import { beforeAll, describe, it } from 'vitest';
import { compareWithTorch, fixture } from './torch-cases';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

// Convolutions in plain JavaScript take minutes for the 20 layers of the next larger one.
const isSmall = ({ name }: { name: string }): boolean => name === 'mlp' || name === 'cnn';

// Protects the plain kernels, which are written apart from the native ones.
describe('small networks against PyTorch, plain backend', () => {
  const cases = fixture.cases.filter(isSmall).map((each) => [`${each.name} ${each.batch}`, each] as const);
  it.each(cases)('%s', async (_, each) => {
    await compareWithTorch(each, { train: true });
  });
});
