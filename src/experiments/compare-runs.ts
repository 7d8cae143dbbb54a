import { badInput, UserError } from '../errors';
import { jsonDifferences, type Difference } from '../platform/formats/json-text';
import type { Interval } from '../metrics/interval';
import { mean } from '../platform/math/quantile';
import { pairedComparison } from '../metrics/over-seeds';
import { compareAucs, mcNemar } from '../metrics/two-models';
import { aucEstimate } from '../metrics/auc';
import { blockFromData, type BlockSpec, blockTitle, type FinishedModel } from './block';
import { readBlockFile } from './store/block-folder';
import { releasedView, type EpochView } from './model-path';
import { ModelReader } from './run-analysis';
import type { Store } from './store/store';

/** One number of two runs. */
export interface RunDifference {
  readonly name: string;
  readonly values: readonly [number, number];
  /** First minus second, over paired records. */
  readonly difference: Interval;
  /** Two-sided, uncorrected; null where there is no test. */
  readonly p: number | null;
}

export interface RunComparison {
  readonly first: { readonly id: string; readonly title: string };
  readonly second: { readonly id: string; readonly title: string };
  /** What determines the two and differs. */
  readonly settings: readonly Difference[];
  readonly records: { readonly members: number; readonly nonMembers: number };
  readonly differences: readonly RunDifference[];
}

/**
 * Compares two finished runs of a store, paired by record. They must have the same members and non-members.
 *
 * @param first id of a block, or its first digits; `/3` behind it names the model at place 3 of a block
 * @throws UserError for an id that fits no block or several, or runs with other records
 */
export async function compareRuns(store: Store, first: string, second: string): Promise<RunComparison> {
  const runs = [findRun(store, first), findRun(store, second)] as const;
  const reader = new ModelReader(store);
  const [a] = reader.read([runs[0]]);
  const [b] = reader.read([runs[1]]);
  mustPair(a, b);
  const [x, y] = [releasedView(a), releasedView(b)];
  const members = x.members.reduce((sum, flag) => sum + flag, 0);
  return {
    first: { id: runs[0].id, title: runs[0].title },
    second: { id: runs[1].id, title: runs[1].title },
    settings: jsonDifferences(runs[0].block, runs[1].block),
    records: { members, nonMembers: x.members.length - members },
    differences: [
      accuracy('train accuracy', x, y, 1),
      accuracy('test accuracy', x, y, 0),
      loss('mean CE loss of members', x, y, 1),
      loss('mean CE loss of non-members', x, y, 0),
      lossAuc(x, y),
    ],
  };
}

interface FoundRun {
  readonly id: string;
  readonly title: string;
  readonly block: BlockSpec;
  readonly place: number;
}

function findRun(store: Store, name: string): FoundRun {
  const match = /^([0-9a-f]{2,32})(?:\/(\d+))?$/.exec(name);
  if (match === null)
    throw badInput('the run', name, 'must be the id of a block, or its first digits', 'See `ccl store ls`');
  const ids = store.blockIds().filter((id) => id.startsWith(match[1]));
  if (ids.length !== 1) {
    const rule = ids.length === 0 ? `fits no block of ${store.folder}` : `fits ${ids.length} blocks`;
    throw badInput('the run', name, rule, ids.length === 0 ? 'See `ccl store ls`' : 'Give more digits');
  }
  const [id] = ids;
  const { spec } = readBlockFile(store.blockFolder(id), id);
  const place = Number(match[2] ?? 0);
  if (place >= spec.models.length) {
    throw badInput(
      'the place in the block',
      place,
      `must be below ${spec.models.length}`,
      'Count its models from 0',
    );
  }
  const { defense } = blockFromData(spec);
  const title = blockTitle({ ...spec, models: [spec.models[place]] }, defense.label);
  return { id, title, block: spec, place };
}

function mustPair(a: FinishedModel, b: FinishedModel): void {
  const same =
    a.records.length === b.records.length &&
    a.records.every((record, i) => record === b.records[i] && a.signals.members[i] === b.signals.members[i]);
  if (same) return;
  throw new UserError(
    'The two runs have other members or non-members (another seed, split, data set, or a target and a shadow model), so ' +
      'their records cannot be paired. Compare defenses over seeds with a study.',
  );
}

function rowsOf({ members }: EpochView, side: 0 | 1): number[] {
  return Array.from(members.keys()).filter((i) => members[i] === side);
}

function accuracy(name: string, x: EpochView, y: EpochView, side: 0 | 1): RunDifference {
  const rows = rowsOf(x, side);
  const [first, second] = [x, y].map(({ correct }) => Uint8Array.from(rows, (i) => correct[i]));
  const { difference, p } = mcNemar(first, second);
  return { name, values: [mean(first), mean(second)], difference, p };
}

function loss(name: string, x: EpochView, y: EpochView, side: 0 | 1): RunDifference {
  const rows = rowsOf(x, side);
  const [first, second] = [x, y].map(({ losses }) => rows.map((i) => losses[i]));
  const { difference, p } = pairedComparison(first, second, 'records');
  return { name, values: [mean(first), mean(second)], difference, p };
}

function lossAuc(x: EpochView, y: EpochView): RunDifference {
  const [first, second] = [x, y].map(({ losses }) => losses.map((value) => -value));
  const { difference, p } = compareAucs(first, second, x.members);
  const values = [aucEstimate(first, x.members), aucEstimate(second, x.members)] as const;
  return { name: 'AUC of the loss attack', values, difference, p };
}
