import { planCanaries, canaryTrainingRecords, withCanaries, type CanaryPlan } from '../data/canaries';
import { type Chosen, type Dataset, takeFeatures, takeLabels } from '../data/dataset';
import { maskedRecords } from '../data/masks';
import { rescale, trainScaling } from '../data/scaling';
import { splitFromData, type Fifths, type Halves, type Quarters, type Sixths } from '../data/split';
import { joined } from '../platform/math/joined';
import type { Records } from '../training/records';
import type { BlockSpec, ModelAddress } from './block';

/** Record numbers of one model's records. */
export interface ModelRecords {
  /** What it is trained on; a duplicated canary stands there more than once. */
  readonly members: Int32Array;
  readonly nonMembers: Int32Array;
  /** What a defense may regularize with; null if the split has no such part. */
  readonly inference: Int32Array | null;
  /** Records that were dealt to the other side (target or shadow): not trained on, asked at the end. */
  readonly elsewhere: Int32Array;
}

/** The data of a block: the data set with its canaries, and who has which records. */
export interface BlockData {
  readonly dataset: Dataset;
  readonly canaries: CanaryPlan | null;
  recordsOf(model: ModelAddress): ModelRecords;
  /** Copies records as a model sees them: scaled, where the data set asks for it, by what that model is trained on. */
  take(records: Chosen, of: Pick<ModelRecords, 'members'>): Records;
}

/**
 * Deals the records of a block; the same for all defenses of a seed.
 *
 * @param dataset the plain data set that the block names
 * @throws UserError if the split cannot be dealt, or has no such model
 */
export function blockData({ data, split, seed }: BlockSpec, dataset: Dataset): BlockData {
  const { canaries: spec } = data;
  const canaries = spec === null ? null : planCanaries(dataset, { ...spec, seed });
  const known = canaries === null ? dataset : withCanaries(dataset, canaries);
  const dealer = splitFromData(split.name, split.options);
  const halves = split.name === 'halves' ? (dealer.deal(known, seed) as Halves) : null;
  const recordsOf = ({ role, index }: ModelAddress): ModelRecords => {
    if (halves !== null) return ofHalves(halves, index, canaries);
    const dealt = dealer.deal(known, seed, role === 'target' ? 0 : index) as Quarters &
      Partial<Fifths> &
      Partial<Sixths>;
    const target = [dealt.targetMembers, dealt.targetNonMembers] as const;
    const shadow = [dealt.shadowMembers, dealt.shadowNonMembers] as const;
    const [own, other] = role === 'target' ? [target, shadow] : [shadow, target];
    const inference =
      dealt.inference ?? (role === 'target' ? dealt.targetInference : dealt.shadowInference) ?? null;
    return {
      members: own[0],
      nonMembers: own[1],
      inference,
      elsewhere: joined(Int32Array, [...other]).sort(),
    };
  };
  return { dataset: known, canaries, recordsOf, take: taker(known) };
}

function taker(dataset: Dataset): BlockData['take'] {
  const { scaling } = dataset;
  const plain = (records: Chosen): Records => ({
    x: takeFeatures(dataset, records),
    y: takeLabels(dataset, records),
  });
  if (scaling === undefined) return plain;
  return (records, { members }) => {
    const taken = plain(records);
    rescale(taken.x, trainScaling(dataset, members, scaling));
    return taken;
  };
}

function ofHalves({ masks, pool }: Halves, model: number, canaries: CanaryPlan | null): ModelRecords {
  const clean = maskedRecords(masks[model]);
  const members = canaries === null ? clean : canaryTrainingRecords(canaries, model, clean);
  const own = new Set(members);
  return {
    members,
    nonMembers: pool.filter((record) => !own.has(record)),
    inference: null,
    elsewhere: new Int32Array(0),
  };
}
