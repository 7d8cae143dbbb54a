import { takeFeatures, takeLabels } from '../src/data/dataset';
import { dataset } from '../src/data/registry';
import { splitQuarters } from '../src/data/split';
import type { Records } from '../src/training/records';

export interface BenchData {
  readonly members: Records;
  readonly nonMembers: Records;
  readonly classes: number;
}

/** Location30 as the target of seed 1 has it: 1,252 members and as many non-members. */
export async function locationRecords(): Promise<BenchData> {
  const data = await dataset('location30');
  const split = splitQuarters(data.records, 1);
  const of = (part: Int32Array): Records => ({ x: takeFeatures(data, part), y: takeLabels(data, part) });
  return { members: of(split.targetMembers), nonMembers: of(split.targetNonMembers), classes: data.classes };
}
