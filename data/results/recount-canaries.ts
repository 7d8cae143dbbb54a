/**
 * Attacks the canaries of the study `canaries` again, without training: after a change of LiRA, or of the models that it
 * compares with. Committed blocks have the outputs on every canary and on one in eight of the other records, so the rates of
 * canaries in studies/canaries.json are written anew; those of the other records stay until the study is trained again
 * (`make-study.ts`), and what they would change by is printed, on that eighth.
 *
 *   npx tsx data/results/recount-canaries.ts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leaveOneOut } from '../../src/attacks/leave-one-out';
import { setAttack } from '../../src/attacks/set-registry';
import { planCanaries } from '../../src/data/canaries';
import { dataset } from '../../src/data/registry';
import { compactResult } from '../../src/experiments/compact-result';
import { ensembleOutputs } from '../../src/experiments/ensemble-outputs';
import { judgePooled } from '../../src/experiments/judge-attack';
import type { RunResult, StudyAttackResult, StudyResult } from '../../src/experiments/study-result';
import { writeFileWhole } from '../../src/formats/write-file';
import type { Interval } from '../../src/metrics/interval';
import { scaledLogitSignals } from '../../src/signals/scaled-logit-signals';
import { committedStore } from '../../src/studies/committed-study';
import { studies } from '../../src/studies/registry';

const file = join(__dirname, 'studies', 'canaries.json');
const statistics = ['scaled-logit', 'loss', 'confidence', 'hinge'] as const;
const note =
  'Canaries: attacked again from the committed blocks, as many in- as out-models a record. Other records: with all ' +
  '63 other models, 31 of one side and 32 of the other.';

async function again(run: RunResult): Promise<StudyAttackResult[]> {
  const outputs = await ensembleOutputs(run.block, { store: committedStore() });
  const plan = planCanaries(await dataset('location30'), {
    counts: studies.canaries.canaries!,
    models: outputs.members.length,
    seed: run.seed,
  });
  const kinds = new Map(Array.from(plan.records, (record, i) => [record, plan.kinds[i]]));
  const rows = (kind: string | undefined): Int32Array =>
    Int32Array.from(outputs.records.keys()).filter((row) => kinds.get(outputs.records[row]) === kind);
  return run.attacks.map((attack) => {
    const statistic = statistics.find((each) =>
      attack.name === setAttack('lira', { statistic: each }).name ? each : undefined,
    );
    if (statistic === undefined) return attack;
    const values = statistic === 'hinge' ? outputs.hinges : outputs.scaledLogits;
    const set = scaledLogitSignals(values, outputs.members);
    const lira = setAttack('lira', { statistic });
    const scores = leaveOneOut(set, lira, { seed: run.seed });
    const judged = (kind: string | undefined) => judgePooled(lira, scores, rows(kind), set.members);
    const clean = judged(undefined);
    console.log(
      `  ${attack.name}, an eighth of the other records: AUC ${shown(clean.auc)}, TPR at 1 % ${shown(clean.tprAtFpr['0.01'])}, ` +
        `at 0.1 % ${shown(clean.tprAtFpr['0.001'])}`,
    );
    const canaries = Object.fromEntries(
      Object.entries(attack.canaries).map(([kind, old]) => {
        const { accuracy, advantage, auc, tprAtFpr } = judged(kind);
        console.log(
          `  ${attack.name}, ${kind}: TPR at 1 % ${old!.tprAtFpr['0.01'].estimate.toFixed(4)} -> ${shown(tprAtFpr['0.01'])}`,
        );
        return [kind, { accuracy, advantage, auc, tprAtFpr }];
      }),
    );
    const notes = [...attack.notes.filter((each) => !each.startsWith('Canaries:')), note];
    return { ...attack, canaries, notes };
  });
}

const shown = ({ estimate }: Interval): string => estimate.toFixed(4);

async function main(): Promise<void> {
  const result = JSON.parse(readFileSync(file, 'utf8')) as StudyResult;
  const methods: StudyResult['methods'][number][] = [];
  for (const method of result.methods) {
    console.log(method.label);
    const runs: RunResult[] = [];
    for (const run of method.runs) runs.push({ ...run, attacks: await again(run) });
    methods.push({ ...method, runs });
  }
  writeFileWhole(file, `${JSON.stringify(compactResult({ ...result, methods }))}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
