import CliTable from 'cli-table3';
import type { RunResult, StudyResult } from '../../experiments/study-result';
import type { Interval } from '../../metrics/interval';
import { attackNoteWords } from '../../wording';

/** The numbers of one run for a terminal. */
export function runTable({ defenses, data, settings }: StudyResult, run: RunResult): string {
  const summary = [
    `${defenses[0].label} on ${data.title}${data.synthetic ? ' (synthetic)' : ''}, seed ${run.seed}, ${settings.recipe.epochs} epochs`,
    `train accuracy ${percent(run.trainAccuracy)}, test accuracy ${percent(run.testAccuracy)}`,
    `member CE loss: mean ${short(run.memberLoss.mean)}, variance ${short(run.memberLoss.variance)}, median ${short(run.memberLoss.median)}`,
    `non-member CE loss: mean ${short(run.nonMemberLoss.mean)}, variance ${short(run.nonMemberLoss.variance)}, median ${short(run.nonMemberLoss.median)}`,
  ];
  const table = new CliTable({
    head: ['attack', 'accuracy', 'advantage', 'AUC', 'TPR at 1 % FPR'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { title, accuracy, advantage, auc, tprAtFpr } of run.attacks) {
    table.push([title, ...[accuracy, advantage, auc, tprAtFpr['0.01']].map(withInterval)]);
  }
  const notes = [...new Set(run.attacks.flatMap((attack) => attack.notes.map(attackNoteWords)))];
  const closing = ['Brackets: 95 % intervals over records, for this one model.', ...notes];
  return `${[...summary, table.toString(), ...closing].join('\n')}\n`;
}

function withInterval({ estimate, low, high }: Interval): string {
  return low === null || high === null
    ? `${estimate.toFixed(3)} (no interval)`
    : `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function short(value: number): string {
  return value.toPrecision(3);
}
