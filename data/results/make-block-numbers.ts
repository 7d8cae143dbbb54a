/**
 * Makes block-numbers.json, what needs logits or losses on the way, which committed blocks have not:
 *
 *   npx ccl study run location30 --out OUT
 *   npx ccl study run canaries --out OUT
 *   npx tsx data/results/make-block-numbers.ts OUT [canaries]
 *
 * With `canaries` the calibration stays as it is in the file, and the study `location30` need not be in OUT.
 *
 * - `calibration`: of every target of `location30` on its non-members;
 * - `memorized`: the share of each model's own canaries of a kind that it predicts as they were labelled, by epoch;
 * - `paths`: test accuracy, and what LiRA reaches on canaries and on clean records, by epoch: what stopping early gives.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leaveOneOut } from '../../src/attacks/leave-one-out';
import { attack } from '../../src/attacks/registry';
import { blockData } from '../../src/experiments/block-data';
import type { FinishedModel } from '../../src/experiments/block';
import { withLocalPlan } from '../../src/experiments/executors/open-executor';
import { openStore, type Store } from '../../src/experiments/store/store';
import { ModelReader } from '../../src/experiments/run-analysis';
import { compactNumber } from '../../src/figures/text';
import { study } from '../../src/experiments/study';
import { writeFileWhole } from '../../src/platform/formats/write-file';
import { mean } from '../../src/platform/math/quantile';
import { calibration } from '../../src/metrics/calibration';
import { rocCurve, tprAtFpr } from '../../src/metrics/roc';
import { scaledLogitSignals } from '../../src/signals/memory-signal-set';
import { logSoftmax } from '../../src/signals/log-softmax';
import { studies } from '../../src/studies/registry';
import type { BlockNumbers } from './block-numbers';
import { keptRecords } from './kept-records';

async function calibrations(store: Store): Promise<BlockNumbers['calibration']> {
  return withLocalPlan(study(studies.location30), ({ plan }) => {
    const reader = new ModelReader(store);
    return plan.runs.map(({ defense, seed, targets }) => {
      const [{ signals }] = reader.read(targets);
      const { n, classes, logits, labels, members } = signals;
      const rows = Int32Array.from(labels.keys()).filter((row) => members[row] === 0);
      const all = logSoftmax({ n, classes, logits });
      const own = new Float64Array(rows.length * classes);
      rows.forEach((row, i) => own.set(all.subarray(row * classes, (row + 1) * classes), i * classes));
      const { eceEqualMass, eceEqualWidth, brier, nll } = calibration(
        own,
        Int32Array.from(rows, (row) => labels[row]),
        classes,
      );
      return {
        method: defense.key,
        seed,
        eceEqualMass: compactNumber(eceEqualMass),
        eceEqualWidth: compactNumber(eceEqualWidth),
        brier: compactNumber(brier.estimate),
        nll: compactNumber(nll.estimate),
      };
    });
  });
}

async function memorized(store: Store): Promise<BlockNumbers['memorized']> {
  return withLocalPlan(study(studies.canaries), ({ plan, data }) => {
    const reader = new ModelReader(store);
    return plan.runs.flatMap(({ defense, targets }) => {
      const { canaries } = blockData(targets[0].block, data);
      const kinds = [...new Set(canaries!.kinds)];
      const shares = targets.map((target) => {
        const [model] = reader.read([target]);
        return { epochs: [...model.epochs], byKind: kinds.map((kind) => sharesOf(model, recordsOf(kind))) };
      });
      return kinds.map((kind, k) => ({
        method: defense.key,
        kind,
        epochs: shares[0].epochs,
        mean: shares[0].epochs.map((_, e) => compactNumber(mean(shares.map(({ byKind }) => byKind[k][e])))),
        last: shares.map(({ byKind }) => compactNumber(byKind[k][byKind[k].length - 1])),
      }));

      function recordsOf(kind: string): ReadonlySet<number> {
        return new Set([...canaries!.records].filter((_, i) => canaries!.kinds[i] === kind));
      }
    });
  });
}

async function paths(store: Store): Promise<BlockNumbers['paths']> {
  return withLocalPlan(study(studies.canaries), ({ plan, data }) => {
    const reader = new ModelReader(store);
    const { canaries } = blockData(plan.runs[0].targets[0].block, data);
    const kindOf = new Map([...canaries!.records].map((record, i) => [record, canaries!.kinds[i] as string]));
    const records = keptRecords(canaries, data.records);
    return plan.runs.map(({ defense, targets }) => {
      const models = reader.read(targets).map((model) => ({ ...model, rows: rowsByRecord(model) }));
      const members = models.map(({ rows, signals }) =>
        Uint8Array.from(records, (record) => signals.members[rows.get(record)!]),
      );
      const epochs = [...models[0].epochs];
      const tpr: Record<string, number[]> = {};
      epochs.forEach((_, e) => {
        const values = models.map(({ rows, losses, signals }) =>
          Float64Array.from(records, (record) =>
            scaledLogitOfLoss(losses[e * signals.n + rows.get(record)!]),
          ),
        );
        const set = scaledLogitSignals(values, members);
        const { byModel } = leaveOneOut(set, attack('lira'), { seed: 1 });
        for (const kind of ['clean', ...new Set(kindOf.values())]) {
          const chosen = [...records.keys()].filter((i) => (kindOf.get(records[i]) ?? 'clean') === kind);
          const curve = rocCurve(
            Float64Array.from(byModel.flatMap(({ found }) => chosen.map((i) => found.scores[i]))),
            Uint8Array.from(byModel.flatMap(({ model }) => chosen.map((i) => members[model][i]))),
          );
          (tpr[kind] ??= []).push(compactNumber(tprAtFpr(curve, 0.01)));
        }
      });
      const testAccuracy = epochs.map((_, e) =>
        compactNumber(mean(models.map((model) => cleanAccuracy(model, e, kindOf)))),
      );
      return { method: defense.key, epochs, testAccuracy, tpr };
    });
  });
}

/** A canary that stands twice has two rows, which are equal. */
function rowsByRecord({ records }: FinishedModel): ReadonlyMap<number, number> {
  return new Map(Array.from(records, (record, row) => [record, row]));
}

/** phi = ln p - ln(1 - p) of the loss -ln p; finite as long as the loss is above 0. */
const scaledLogitOfLoss = (loss: number): number => -loss - Math.log(-Math.expm1(-loss));

function cleanAccuracy(
  { records, signals, correct }: FinishedModel,
  e: number,
  canaries: ReadonlyMap<number, string>,
): number {
  const rows = [...records.keys()].filter((row) => signals.members[row] === 0 && !canaries.has(records[row]));
  return mean(rows.map((row) => correct[e * records.length + row]));
}

/** Of the canaries that a model was trained on, the share that it predicts as labelled, one an evaluated epoch. */
function sharesOf(
  { records, signals, epochs, correct }: FinishedModel,
  canaries: ReadonlySet<number>,
): number[] {
  const rows = [...records.keys()].filter((row) => signals.members[row] === 1 && canaries.has(records[row]));
  return Array.from(epochs, (_, e) => mean(rows.map((row) => correct[e * records.length + row])));
}

async function main(out: string | undefined, part?: string): Promise<void> {
  if (out === undefined || (part !== undefined && part !== 'canaries'))
    throw new Error('Pass the folder that both studies were run with (--out).');
  const store = openStore(out);
  const file = join(__dirname, 'block-numbers.json');
  const numbers: BlockNumbers = {
    schema: 'ccl-lab/block-numbers/1',
    command: 'npx tsx data/results/make-block-numbers.ts OUT',
    calibration:
      part === 'canaries'
        ? (JSON.parse(readFileSync(file, 'utf8')) as BlockNumbers).calibration
        : await calibrations(store),
    memorized: await memorized(store),
    paths: await paths(store),
  };
  writeFileWhole(file, `${JSON.stringify(numbers)}\n`);
}

main(process.argv[2], process.argv[3]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
