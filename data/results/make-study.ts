/**
 * Trains and attacks what the committed result of a study lacks, and writes
 *
 *   data/results/studies/NAME.json   the result, without losses of single records, numbers with six digits
 *   data/results/store/              blocks of targets as Parquet, without weights and logits
 *
 *   npx tsx data/results/make-study.ts NAME [NAME ...] [--out FOLDER]
 *
 * NAME is a study of src/studies. The result is written after each defense of a seed, so that what was committed need not be
 * trained again: a study goes on where its file ends. Blocks are kept of the baseline and of the methods that the shadow models
 * chose, of all where there was nothing to choose; of an ensemble with canaries all, but only the canaries and every eighth of the other records.
 */
import { join, resolve } from 'node:path';
import { withLocalPlan } from '../../src/experiments/executors/open-executor';
import { blockId } from '../../src/experiments/block';
import { blockData } from '../../src/experiments/block-data';
import { continueStudyFile } from '../../src/experiments/continue-study';
import { defaultOut, openStore, Store } from '../../src/experiments/store/store';
import type { PlannedRun } from '../../src/experiments/plan';
import { exportStore } from '../../src/experiments/store/export';
import { study, type Study } from '../../src/experiments/study';
import type { StudyResult } from '../../src/experiments/study-result';
import { findStudy } from '../../src/studies/registry';
import { studyVerdictWords } from '../../src/wording';
import { keptRecords } from './kept-records';

/** Their blocks are not committed, so that all results stay below 20 MB. */
const withoutBlocks = ['location30-others'];

async function make(name: string, store: Store): Promise<void> {
  const chosen = study(findStudy(name));
  const file = join(__dirname, 'studies', `${name}.json`);
  const result = await continueStudyFile(chosen, file, {
    store,
    command: `npx ccl study run ${name}`,
    events: { onFinish: ({ title }) => console.log(title) },
    onResult: ({ defenses }) =>
      console.log(`${name}: ${defenses.flatMap(({ runs }) => runs).length} targets written`),
  });
  console.log(studyVerdictWords(result));
  if (withoutBlocks.includes(name)) return;
  if (chosen.ensemble === null || chosen.canaries !== null) await exportTargets(chosen, result, store);
}

async function exportTargets(chosen: Study, result: StudyResult, store: Store): Promise<void> {
  await withLocalPlan(chosen, async ({ plan, data }) => {
    const kept = plan.runs.filter(isKept(chosen, result));
    const blocks = [...new Set(kept.flatMap(({ targets }) => targets.map(({ block }) => blockId(block))))];
    const to = Store.open(join(__dirname, 'store'));
    const { canaries } = blockData(plan.runs[0].targets[0].block, data);
    const records = chosen.ensemble === null ? undefined : new Set(keptRecords(canaries, data.records));
    console.log(await exportStore(store, to, { blocks, records }));
  });
}

function isKept({ ensemble }: Study, { defenses, selections }: StudyResult): (run: PlannedRun) => boolean {
  const chosen = new Set([defenses[0].key, ...selections.map((selection) => selection.chosen)]);
  const isWhole = ensemble !== null || selections.length === 0;
  return ({ defense }) => isWhole || chosen.has(defense.key);
}

async function main(words: readonly string[]): Promise<void> {
  const at = words.indexOf('--out');
  const out = at < 0 ? defaultOut : resolve(words[at + 1]);
  const names = words.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  if (names.length === 0) throw new Error('Name at least one study, e.g. location30.');
  for (const name of names) await make(name, openStore(out));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
