import { availableParallelism } from 'node:os';
import type { Dataset } from '../../data/dataset';
import { fileFacts } from '../../experiments/analyze';
import { type ChangedDefense, changedDefenses } from '../../experiments/behavior/changed-blocks';
import type { Block } from '../../experiments/block';
import { withLocalPlan } from '../../experiments/executors/open-executor';
import { madeBy } from '../../experiments/made';
import { openStore } from '../../experiments/store/store';
import type { PlannedBlock } from '../../experiments/plan';
import { modelCount } from '../../experiments/progress';
import { missingIn } from '../../experiments/run-study';
import { study, type Study } from '../../experiments/study';
import { type Estimate, type Pace, bytesOf, studyCost, type StudyCost } from '../../experiments/study-cost';
import { shownBytes } from '../formats/limits';
import { findStudy } from '../../studies/registry';
import { dataFileWords } from '../../wording';
import { interruptible } from './interrupt';
import { printJson } from './printed';

interface PlanOptions {
  readonly out: string;
  readonly workers?: number;
  readonly measure: boolean;
  readonly json?: true;
}

/** `ccl study plan`: trains nothing but a few steps in a folder that is removed. */
export async function planOfStudy(name: string, options: PlanOptions): Promise<void> {
  const chosen = study(findStudy(name));
  const facts = await withLocalPlan(chosen, async ({ plan, data, worker, startSeconds }) => {
    const store = openStore(options.out);
    const missing = missingIn(plan, store);
    const changed = changedDefenses(missing, store);
    const most = Math.max(1, Math.min(missing.length, Math.floor(availableParallelism() / chosen.threads)));
    const { workers = most } = options;
    const measure = (block: Block): Promise<Pace> => worker.pace(block, measuredMs);
    const isMeasured = missing.length > 0 && options.measure;
    const cost = isMeasured
      ? await interruptible((signal) => {
          signal.addEventListener('abort', () => worker.close());
          return studyCost({ blocks: missing, data, workers, startSeconds, measure });
        })
      : null;
    const bytes = missing.reduce((sum, block) => sum + bytesOf(block, data), 0);
    return { chosen, data, runs: plan.runs.length, blocks: plan.blocks, missing, changed, cost, bytes };
  });
  if (options.json === true) printJson(planJson(facts));
  else process.stdout.write(planText(facts));
}

/** Of training, for each kind of block. */
const measuredMs = 2000;

interface PlanFacts {
  readonly chosen: Study;
  readonly data: Dataset;
  readonly runs: number;
  readonly blocks: readonly PlannedBlock[];
  readonly missing: readonly PlannedBlock[];
  readonly changed: readonly ChangedDefense[];
  readonly cost: StudyCost | null;
  readonly bytes: number;
}

function planJson({
  chosen,
  data,
  runs,
  blocks,
  missing,
  changed,
  cost,
  bytes,
}: PlanFacts): Record<string, unknown> {
  return {
    schema: 'ccl-lab/study-plan/2',
    name: chosen.name,
    data: { name: data.name, records: data.records, sha256: data.sha256, file: fileFacts(chosen, data) },
    defenses: chosen.defenses.map(({ key }) => key),
    seeds: chosen.seeds,
    runs,
    blocks: { all: blocks.length, missing: missing.length, reused: blocks.length - missing.length },
    changed,
    models: { all: modelCount(blocks), missing: modelCount(missing) },
    seconds: cost?.seconds ?? (missing.length === 0 ? { estimate: 0, low: 0, high: 0 } : null),
    workers: cost?.workers ?? null,
    bytes,
    kinds: cost?.kinds ?? [],
    made: madeBy(chosen),
  };
}

function planText({ chosen, data, runs, blocks, missing, changed, cost, bytes }: PlanFacts): string {
  const { name, defenses, seeds, ensemble, shadows } = chosen;
  const file = fileFacts(chosen, data);
  const around =
    ensemble === null
      ? `a target with ${counted(shadows, 'shadow model')} each`
      : `an ensemble of ${ensemble} each`;
  const lines = [
    `${name} on ${data.name}: ${counted(defenses.length, 'defense')} x ${counted(seeds.length, 'seed')} = ${counted(runs, 'run')}, ${around}`,
    ...(file === null ? [] : [`${data.records} records, SHA-256 ${data.sha256}`]),
    ...(file === null ? [] : dataFileWords(file).map(([what, words]) => `  ${what}: ${words}`)),
    `${counted(blocks.length, 'block')} of ${counted(modelCount(blocks), 'model')}: ${blocks.length - missing.length} reused, ${missing.length} to train (${counted(modelCount(missing), 'model')})`,
    ...changed.map(
      ({ defense, blocks: count }) =>
        `${defense} computes other values than the blocks in the store: ${count} to train`,
    ),
  ];
  if (missing.length === 0) return `${lines.join('\n')}\nNothing to train.\n`;
  for (const { title, blocks: count, seconds, steps } of cost?.kinds ?? []) {
    lines.push(
      `  ${counted(count, 'block')} like «${title}»: ${range(seconds)} each (${steps} steps measured)`,
    );
  }
  if (cost !== null) {
    lines.push(
      `Time: ${range(cost.seconds)} with ${counted(cost.workers, 'process', 'processes')} on this machine. Other work on the machine is not in the range.`,
    );
  }
  return `${[...lines, `Disk: about ${shownBytes(bytes)}.`].join('\n')}\n`;
}

function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function range({ estimate, low, high }: Estimate): string {
  return `about ${duration(estimate)} (${duration(low)} to ${duration(high)})`;
}

/** Seconds as a person says them: «0.4 s», «45 s», «12 min», «3.5 h». */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return seconds < 3 * 86_400 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
}
