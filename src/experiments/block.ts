import { createHash } from 'node:crypto';
import type { BackendName } from '../backend/backend';
import type { DatasetName } from '../data/registry';
import { splitRevision } from '../data/split';
import type { LossOptionValues } from '../losses/loss';
import type { LossName } from '../losses/registry';
import type { ModelSpec } from '../models/network';
import type { Recipe } from '../training/recipe';
import { trainingRevision } from '../training/train';

/** Raised when losses compute other numbers than before. */
export const lossRevision = 1;

/** What computes: part of a block's identity, since another library or thread count gives other last bits. */
export interface ComputeEnvironment {
  readonly name: BackendName;
  readonly version: string;
  readonly threads: number;
  readonly gpu: boolean;
}

/**
 * One trained model and everything that determines its bits. Two blocks with equal specifications are the same block,
 * wherever and whenever they are trained.
 */
export interface BlockSpec {
  readonly kind: 'run';
  readonly data: { readonly name: DatasetName; readonly sha256: string };
  readonly split: 'quarters';
  readonly model: ModelSpec;
  readonly loss: { readonly name: LossName; readonly options: LossOptionValues };
  readonly recipe: Recipe;
  readonly seed: number;
  readonly role: 'target' | 'shadow';
  /** Which shadow, from 0; a target has index 0. */
  readonly index: number;
  readonly compute: ComputeEnvironment;
  readonly revisions: Readonly<Record<'split' | 'model' | 'loss' | 'training', number>>;
}

/** The revisions of the parts as they are now. @param model that of the network */
export function currentRevisions(model: number): BlockSpec['revisions'] {
  return { split: splitRevision, model, loss: lossRevision, training: trainingRevision };
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

/** For progress lines: «CCEL (alpha 0.5), seed 2, shadow 1». */
export function blockTitle(spec: BlockSpec, label: string): string {
  return `${label}, seed ${spec.seed}, ${spec.role === 'target' ? 'target' : `shadow ${spec.index + 1}`}`;
}
