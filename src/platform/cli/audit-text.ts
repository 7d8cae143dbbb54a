import Table from 'cli-table3';
import type { AuditResult } from '../../audit/audit-result';
import type { GateOutcome } from '../../audit/gate';
import { byStrength } from '../../figures/audit-table';
import type { Interval } from '../../metrics/interval';
import { signalNoteText } from '../../signals/signal-set';
import { gateWords, noteWords, verdictWords } from '../../report/audit-words';

/** What a person reads in the terminal: verdict, attacks by AUC, what did not run, gates. */
export function auditText(result: AuditResult, gates: readonly GateOutcome[]): string {
  const { attacks, notRun, shift, selfCheck } = result;
  const { headline, sentences } = verdictWords(result);
  const rates = Object.keys(attacks[0]?.tprAtFpr ?? {}).sort((a, b) => Number(b) - Number(a));
  const table = new Table({
    head: ['attack', 'AUC', 'advantage (max)', ...rates.map((rate) => `TPR@${rate}`)],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...rates.map(() => 'right' as const), 'right', 'right'],
  });
  for (const attack of byStrength(attacks)) {
    const bound = attack.fittedOn === 'target' ? ' (upper bound)' : '';
    table.push([
      `${attack.name}${bound}`,
      withInterval(attack.auc),
      `${attack.largestAdvantage.estimate.toFixed(3)}${attack.chance === null ? '' : ` (chance ${attack.chance.advantage95.toFixed(3)})`}`,
      ...rates.map((rate) => withInterval(attack.tprAtFpr[rate])),
    ]);
  }
  const checks = selfCheck.items
    .map(({ name, passed }) => `${name} ${passed ? 'passed' : 'FAILED'}`)
    .join(', ');
  return [
    ...result.notes.map(noteWords),
    headline,
    ...sentences,
    '',
    ...(attacks.length > 0 ? [table.toString(), 'Intervals are 95 %, over records.', ''] : []),
    ...(result.data.notes.length > 0
      ? ['How the files were read:', ...result.data.notes.map((note) => `  ${signalNoteText(note)}`), '']
      : []),
    ...(notRun.length > 0 ? ['Did not run:', ...byReason(notRun), ''] : []),
    `Shift: ${shift.outcome}. Self-checks: ${checks}.`,
    ...gates.map(
      (outcome) =>
        `Gate ${outcome.gate.text}: ${outcome.failed ? 'FAILED' : 'passed'} (${gateWords(outcome, result)})`,
    ),
    '',
  ].join('\n');
}

/** Attacks that lack the same share a line. */
function byReason(notRun: AuditResult['notRun']): string[] {
  const names = new Map<string, string[]>();
  for (const { name, reason } of notRun) names.set(reason, [...(names.get(reason) ?? []), name]);
  return [...names].map(([reason, of]) => `  ${of.join(', ')}: ${reason}`);
}

function withInterval({ estimate, low, high }: Interval): string {
  const ends = low === null || high === null ? 'not resolvable' : `${low.toFixed(3)}-${high.toFixed(3)}`;
  return `${estimate.toFixed(3)} (${ends})`;
}
