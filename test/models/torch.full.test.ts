import { describe, it } from 'vitest';
import { nativeIsBuilt } from '../../src/platform/backend/native';
import { compareWithTorch, fixture } from './torch-cases';

describe.skipIf(!nativeIsBuilt())(
  'a step of every network against PyTorch in float64, native backend',
  () => {
    it.each(fixture.cases.map((each) => [`${each.name} ${JSON.stringify(each.options)}`, each] as const))(
      '%s',
      async (_, each) => {
        await compareWithTorch(each, { train: true });
      },
    );
  },
);
