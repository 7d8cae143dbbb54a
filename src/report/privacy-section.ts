import { privacySpent } from '../experiments/privacy-spent';
import type { StudyResult } from '../experiments/study-result';
import { Table } from '../figures/table';
import type { TableCell } from '../figures/table-cells';
import { scrolling, section } from './sections';

/** Epsilon, delta, noise and steps of each method with DP-SGD; empty without one. */
export function privacySection(result: StudyResult): string {
  const spent = privacySpent(result);
  if (spent.length === 0) return '';
  const table = new Table({
    title: 'What DP-SGD guarantees',
    note:
      'Of one training, to its last epoch: no attack tells whether one record was added or removed better than epsilon and ' +
      'delta allow; an epsilon above ten allows nearly everything. The noise comes from a seed, so this accounts for the ' +
      'experiment and protects nobody.',
    columns: [
      { title: 'method', kind: 'label' },
      { title: 'epsilon', kind: 'number' },
      { title: 'delta', kind: 'number' },
      { title: 'noise', note: 'deviation by clip norm', kind: 'number' },
      { title: 'steps', kind: 'number' },
      { title: 'sample rate', kind: 'number' },
    ],
    rows: spent.map(({ label, epsilon, delta, noiseMultiplier, steps, sampleRate }): TableCell[] => [
      { text: label },
      { text: Number.isFinite(epsilon) ? String(Number(epsilon.toPrecision(3))) : 'none' },
      { text: String(delta) },
      { text: String(Number(noiseMultiplier.toPrecision(4))) },
      { text: String(steps) },
      { text: String(Number(sampleRate.toPrecision(3))) },
    ]),
  });
  return section('privacy', 'Differential privacy', scrolling(table));
}
