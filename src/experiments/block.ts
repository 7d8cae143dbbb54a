import { createHash } from 'node:crypto';
import { augmentationRevision } from '../data/augmentation';
import type { CanaryKind } from '../data/canaries';
import type { StudyData } from '../data/data-file';
import type { DatasetName } from '../data/registry';
import type { ScalingKind } from '../data/dataset';
import { type SplitName, splitRevision } from '../data/split';
import type { Defense, DefenseSpec } from '../training/defense';
import { defenseFromData } from '../defenses/registry';
import { UserError } from '../errors';
import type { ModelSpec } from '../models/network';
import type { NamedWeights } from '../models/weights-file';
import type { Backend, BackendName } from '../platform/backend/backend';
import type { ModelSignals } from '../signals/signal-set';
import { ensembleRevision } from '../training/ensemble';
import type { Recipe } from '../training/recipe';
import { trainingRevision } from '../training/loop';
import { behaviorOf, partsRevision } from './behavior/behavior';

/** Raised when losses compute other numbers than before. */
export const lossRevision = 1;

/** What computes: part of a block's identity, since another library or thread count gives other last bits. */
export interface ComputeEnvironment {
  readonly name: BackendName;
  readonly version: string;
  readonly threads: number;
  readonly gpu: boolean;
}

/** What an open backend computes with. */
export function computeOf({ name, version, threads, gpu }: Backend): ComputeEnvironment {
  return { name, version, threads, gpu };
}

/** Canaries that stand in for records of the data set (src/data/canaries.ts). */
export interface CanariesSpec {
  readonly counts: Readonly<Partial<Record<CanaryKind, number>>>;
  readonly copies: number;
  /** Models of the plan, as many as the split `halves` has. */
  readonly models: number;
}

/** Which model of a seed. With the split `halves` every model is a target, in turn, with the others around it. */
export interface ModelAddress {
  readonly role: 'target' | 'shadow';
  /** From 0. */
  readonly index: number;
}

/**
 * Models that are trained together, kept and reused as a whole, with everything that determines their bits: one model (a
 * run), or several of an ensemble. Blocks with equal specifications are the same block, wherever they are trained.
 */
export interface BlockSpec {
  readonly data: {
    readonly name: string;
    readonly sha256: string;
    readonly canaries: CanariesSpec | null;
    /** Of columns of numbers, by the training records of each model; absent where nothing is scaled. */
    readonly scaling?: ScalingKind;
  };
  readonly split: { readonly name: SplitName; readonly options: Readonly<Record<string, unknown>> };
  /** The network before the defense has its say. */
  readonly model: ModelSpec;
  readonly augmentation: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly defense: DefenseSpec;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly models: readonly ModelAddress[];
  /** Number of a teacher (a sub-model) of the block's one model; null for released models. */
  readonly part: number | null;
  readonly compute: ComputeEnvironment;
  readonly revisions: Readonly<Record<RevisedPart, number>>;
  /**
   * What the defense computes, where that is not what the registry's entry of its name has always computed
   * (`behaviorOf`): of changed entries, new ones and one's own.
   */
  readonly behavior?: string;
}

/** A block that can be trained: its specification, which is data, with the defense that this names as an object. */
export interface Block {
  readonly spec: BlockSpec;
  readonly defense: Defense;
  /** The data as the study names them: where to read what the specification identifies. */
  readonly source: StudyData;
}

/**
 * A block that comes from a file or another process.
 *
 * @param source default the data set of the registry with the name in the specification
 * @throws UserError for a defense that is not known here
 */
export function blockFromData(spec: BlockSpec, source: StudyData = spec.data.name as DatasetName): Block {
  return { spec, source, defense: defenseFromData(spec.defense.name, spec.defense.options) };
}

/**
 * The same for a block that is to be trained.
 *
 * @throws UserError for a defense that is not known here, or computes other numbers here than where the block was planned
 */
export function blockToTrain(spec: BlockSpec, source: StudyData): Block {
  const block = blockFromData(spec, source);
  if (behaviorOf(block.defense) === spec.behavior) return block;
  throw new UserError(
    `${block.defense.label} computes other numbers now than when this study was planned: its source was changed while ` +
      'the study ran, or is another one on this machine. Run the study again; what is unchanged is reused.',
  );
}

type RevisedPart = 'split' | 'augmentation' | 'model' | 'loss' | 'defense' | 'training' | 'ensemble';

/**
 * The revisions of what a block uses, as they are now; 0 for what it does not use.
 *
 * @param model that of the network
 * @param models how many models the block trains
 */
export function currentRevisions(model: number, defense: Defense, models: number): BlockSpec['revisions'] {
  return {
    split: splitRevision,
    augmentation: augmentationRevision,
    model,
    loss: lossRevision,
    defense: defense.revision + partsRevision(defense),
    training: trainingRevision,
    ensemble: models > 1 ? ensembleRevision : 0,
  };
}

/** The name of a block: SHA-256 of its specification in canonical form, the first 32 hex digits. */
export function blockId(spec: BlockSpec): string {
  return createHash('sha256').update(canonicalJson(spec)).digest('hex').slice(0, 32);
}

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** For progress lines: «CCEL (alpha 0.5), seed 2, shadows 1-16». */
export function blockTitle({ seed, models, part }: BlockSpec, label: string): string {
  const [{ role, index }] = models;
  const last = models[models.length - 1].index;
  const one = role === 'target' && index === 0 ? 'target' : `${role} ${index + 1}`;
  const which = models.length === 1 ? one : `${role}s ${index + 1}-${last + 1}`;
  return `${label}, seed ${seed}, ${which}${part === null ? '' : `, teacher ${part + 1}`}`;
}

/** What a finished model gives to the attacks. */
export interface FinishedModel extends ModelAddress {
  /** Its own records, [n], numbers in the data set: members first, then non-members. */
  readonly records: Int32Array;
  /** Outputs on them after the last epoch, as an adversary sees them. */
  readonly signals: ModelSignals;
  /** The evaluated epochs, [E]. */
  readonly epochs: Int32Array;
  /** CE losses of the undefended outputs on the way, row-major [E, n]. */
  readonly losses: Float64Array;
  /** 1 where the prediction was right, row-major [E, n]. */
  readonly correct: Uint8Array;
  /** Outputs on the records of the other side, which it was not trained on. */
  readonly elsewhere: {
    /** Numbers in the data set, [m]. */
    readonly records: Int32Array;
    /** True classes, [m]. */
    readonly labels: Int32Array;
    /** Row-major [m, classes]. */
    readonly logits: Float32Array;
  };
}

/** A block as it comes from training. */
export interface TrainedBlock {
  readonly models: readonly FinishedModel[];
  /** In the order of the models. */
  readonly weights: readonly NamedWeights[];
}
