import type { AuditedAttack, AuditResult } from '../audit/audit-result';
import type { Interval } from '../metrics/interval';
import { intervalCell, type TableCell } from './table-cells';
import { Table } from './table';
import { formatNumber } from './text';

/** An estimate with its interval; a dash for none. */
export function numberCell(interval: Interval | null): TableCell {
  if (interval === null) return { text: '–', value: null };
  return intervalCell(interval, 'proportion');
}

/** Attacks from the most surprising on, then upper bounds by AUC. */
export function byStrength(attacks: readonly AuditedAttack[]): AuditedAttack[] {
  const p = ({ correctedPValue }: AuditedAttack): number => correctedPValue ?? 2;
  const far = ({ auc }: AuditedAttack): number => Math.abs(auc.estimate - 0.5);
  return [...attacks].sort((a, b) => p(a) - p(b) || far(b) - far(a));
}

/**
 * Attacks with intervals and threat models, the strongest first.
 *
 * @param most at most so many rows
 */
export function auditTable({ attacks, strongest }: AuditResult, most = Infinity): Table {
  const rates = Object.keys(attacks[0]?.tprAtFpr ?? {}).sort((a, b) => Number(b) - Number(a));
  const ordered = byStrength(attacks);
  const first = ordered.findIndex(({ name }) => name === strongest?.name);
  const rows = [...ordered.splice(Math.max(0, first), 1), ...ordered]
    .slice(0, most)
    .map((attack): TableCell[] => [
      {
        text: attack.name,
        detail: attack.title,
        ...badgeOf(attack, strongest?.name),
      },
      numberCell(attack.auc),
      {
        ...numberCell(attack.largestAdvantage),
        ...(attack.chance && {
          detail: `chance: up to ${formatNumber(attack.chance.advantage95, 'proportion')}`,
        }),
      },
      numberCell(attack.cutsFrom === 'elsewhere' ? attack.advantage : null),
      ...rates.map((rate) => numberCell(attack.tprAtFpr[rate])),
    ]);
  return new Table({
    title: 'Attacks on this model',
    note: '95 % intervals over records. The largest advantage is chosen on the records that it is judged by; chance alone reaches the value below it once in twenty. Where an interval is missing, too few non-members were given.',
    columns: [
      { title: 'attack', kind: 'label' },
      { title: 'AUC', note: '0.5 = chance', kind: 'number' },
      { title: 'largest advantage', note: 'over all cuts', kind: 'number' },
      { title: 'advantage', note: 'cuts set without this membership', kind: 'number' },
      ...rates.map((rate) => ({ title: `TPR at ${100 * Number(rate)} % FPR`, kind: 'number' as const })),
    ],
    rows,
  });
}

function badgeOf({ name, fittedOn }: AuditedAttack, strongest: string | undefined): Pick<TableCell, 'badge'> {
  if (fittedOn === 'target') return { badge: { text: 'auditor’s upper bound', tone: 'neutral' } };
  return name === strongest ? { badge: { text: 'strongest', tone: 'bad' } } : {};
}
