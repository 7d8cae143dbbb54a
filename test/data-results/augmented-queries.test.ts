import { describe, expect, it } from 'vitest';
import { augmentedQueries } from '../../data/results/augmented-queries';
import { committedStudy } from '../../src/studies/committed-study';

describe('queries through a random crop and flip', () => {
  it('asked as they are, the targets give what their studies say', () => {
    const { targets } = augmentedQueries();
    expect(targets.length).toBeGreaterThan(6);
    for (const { study, method, seed, plain } of targets) {
      const run = committedStudy(study)
        .defenses.find(({ key }) => key === method)!
        .runs.find((each) => each.seed === seed)!;
      expect(plain.testAccuracy).toBeCloseTo(run.testAccuracy, 5);
      expect(plain.advantage).toBeCloseTo(run.lossAttack.advantage, 5);
      expect(plain.auc.estimate).toBeCloseTo(run.lossAttack.auc, 5);
    }
  });

  it('only of a network that was not trained on crops do they take more accuracy than a few percent', () => {
    for (const { study, plain, once } of augmentedQueries().targets) {
      const lost = plain.testAccuracy - once.testAccuracy;
      if (study === 'cifar10-cnn-plain') expect(lost).toBeGreaterThan(0.1);
      else expect(lost).toBeLessThan(0.06);
    }
  });
});
