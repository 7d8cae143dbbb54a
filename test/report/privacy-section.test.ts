import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { epsilonSpent } from '../../src/defenses/accountant/accountant';
import { privacySpent } from '../../src/experiments/privacy-spent';
import type { StudyResult } from '../../src/experiments/study-result';
import { projectRoot } from '../../src/paths';
import { privacySection } from '../../src/report/study-report';

const committed = (name: string): StudyResult =>
  JSON.parse(
    readFileSync(join(projectRoot, 'data', 'results', 'studies', `${name}.json`), 'utf8'),
  ) as StudyResult;

describe('what DP-SGD spends in a study', () => {
  it('stands in its report: epsilon, delta, noise and steps', () => {
    const result = committed('canaries');
    const [spent] = privacySpent(result);
    // 2,505 records in batches of 128, 40 epochs.
    expect(spent).toMatchObject({ noiseMultiplier: 0.1, delta: 1e-5, steps: 800, sampleRate: 128 / 2505 });
    expect(spent.epsilon).toBe(
      epsilonSpent({ sampleRate: 128 / 2505, noiseMultiplier: 0.1, steps: 800 }, 1e-5),
    );
    const page = privacySection(result);
    for (const text of ['DP-SGD (noise 0.1, clip 4)', '3290', '0.00001', '800']) expect(page).toContain(text);
  });

  it('is left out without DP-SGD', () => {
    const result = committed('canaries');
    const others = result.defenses.filter(({ name }) => name !== 'dp-sgd');
    expect(privacySection({ ...result, defenses: others })).toBe('');
  });
});
