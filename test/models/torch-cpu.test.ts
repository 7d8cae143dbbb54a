import { beforeAll, describe, it } from 'vitest';
import { compareWithTorch, fixture } from './torch-cases';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_cpu = 'cpu';
});

const isSmall = ({ name }: { name: string }): boolean =>
  name === 'mlp' || name === 'cnn' || name === 'resnet20';

// Protects the plain kernels, which are written apart from the native ones.
describe('small networks against PyTorch, plain backend', () => {
  const cases = fixture.cases.filter(isSmall).map((each) => [`${each.name} ${each.batch}`, each] as const);
  it.each(cases)('%s', async (_, each) => {
    await compareWithTorch(each, { train: true });
  });
});
