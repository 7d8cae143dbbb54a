import { csvText } from '../platform/formats/csv';
import { encodeParquetValues, type ValueColumn } from '../platform/formats/parquet-values';
import type { Interval } from '../metrics/interval';
import type { LossSummary } from '../metrics/matched-histories';
import type { RunResult, StudyAttackResult, StudyResult } from './study-result';

type Cell = string | number | null;
/** A table as rows with named columns; all rows have the same ones. */
export type ResultTable = readonly Readonly<Record<string, Cell>>[];

/** A study's result as plain tables: one row a target, an attack on a target, an evaluated epoch, a comparison. */
export function resultTables(
  result: StudyResult,
): Readonly<Record<'runs' | 'attacks' | 'epochs' | 'comparisons', ResultTable>> {
  const runs = result.defenses.flatMap(({ key, label, runs: of }) =>
    of.map((run) => ({ of: { study: result.name, defense: key, label, seed: run.seed }, run })),
  );
  return {
    runs: runs.map(({ of, run }) => ({
      ...of,
      block: run.block,
      train_accuracy: run.trainAccuracy,
      test_accuracy: run.testAccuracy,
      ...lossColumns('member_loss', run.memberLoss),
      ...lossColumns('non_member_loss', run.nonMemberLoss),
      advantage: run.lossAttack.advantage,
      auc: run.lossAttack.auc,
      p1: run.p1,
      shadow_test_accuracy: run.shadows?.testAccuracy ?? null,
      shadow_advantage: run.shadows?.advantage ?? null,
      shadow_p1: run.shadows?.p1 ?? null,
    })),
    attacks: runs.flatMap(({ of, run }) => attackRows(of, run)),
    epochs: runs.flatMap(({ of, run }) =>
      run.path.map(({ epoch, trainAccuracy, testAccuracy, memberLoss, nonMemberLoss, advantage, auc }) => ({
        ...of,
        epoch,
        train_accuracy: trainAccuracy,
        test_accuracy: testAccuracy,
        ...lossColumns('member_loss', memberLoss),
        ...lossColumns('non_member_loss', nonMemberLoss),
        advantage,
        auc,
      })),
    ),
    comparisons: result.comparisons.map(({ defense, metric, difference, p, verdict }) => ({
      study: result.name,
      defense,
      metric,
      ...intervalColumns('difference', difference),
      p,
      verdict,
    })),
  };
}

function attackRows(of: Readonly<Record<string, Cell>>, run: RunResult): Record<string, Cell>[] {
  return run.attacks.flatMap((attack) => {
    const { name, title, canaries } = attack;
    const head = { ...of, attack: name, title };
    return [
      { ...head, records: 'all but canaries', ...attackColumns(attack) },
      ...Object.entries(canaries).map(([kind, judged]) => ({
        ...head,
        records: kind,
        ...attackColumns(judged),
      })),
    ];
  });
}

function attackColumns({
  accuracy,
  advantage,
  auc,
  tprAtFpr,
}: Pick<StudyAttackResult, 'accuracy' | 'advantage' | 'auc' | 'tprAtFpr'>): Record<string, Cell> {
  const tpr = tprAtFpr['0.01'];
  return {
    ...intervalColumns('accuracy', accuracy),
    ...intervalColumns('advantage', advantage),
    ...intervalColumns('auc', auc),
    ...intervalColumns('tpr_at_fpr_0_01', tpr),
  };
}

function intervalColumns(name: string, { estimate, low, high }: Interval): Record<string, Cell> {
  return { [name]: estimate, [`${name}_low`]: low, [`${name}_high`]: high };
}

function lossColumns(name: string, { mean, variance, median }: LossSummary): Record<string, Cell> {
  return { [`${name}_mean`]: mean, [`${name}_variance`]: variance, [`${name}_median`]: median };
}

/** RFC 4180 with a head line; a missing value is empty. */
export function tableCsv(rows: ResultTable): string {
  const columns = Object.keys(rows[0] ?? {});
  return csvText([columns, ...rows.map((row) => columns.map((name) => row[name]))], '\r\n');
}

const whole = new Set(['seed', 'epoch']);

/** The same as Parquet; a missing number is NaN. */
export async function tableParquet(rows: ResultTable): Promise<Uint8Array> {
  const columns = Object.keys(rows[0] ?? {}).map((name): [string, ValueColumn] => {
    const values = rows.map((row) => row[name]);
    if (values.some((value) => typeof value === 'string'))
      return [name, values.map((value) => String(value ?? ''))];
    const numbers = values.map((value) => (value === null ? NaN : Number(value)));
    return [name, whole.has(name) ? Int32Array.from(numbers) : Float64Array.from(numbers)];
  });
  return (await encodeParquetValues(Object.fromEntries(columns), [])).bytes;
}
