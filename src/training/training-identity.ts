import { createHash } from 'node:crypto';
import type { ModelSpec } from '../models/network';
import type { TrainingIdentity } from './checkpoint';
import type { Records } from './records';
import { trainingRevision } from './train';
import type { TrainingTask } from './training-task';

/** What determines the bits of a training. */
export interface Identified extends Pick<
  TrainingTask,
  'backend' | 'recipe' | 'key' | 'members' | 'nonMembers' | 'training' | 'inference' | 'augmentation'
> {
  readonly model: ModelSpec;
  /** Loss or defense with its options, as JSON: `{ name: 'ccel', options: { alpha: 0.5 } }`. */
  readonly method: unknown;
}

/**
 * Everything that determines the bits of a training, as JSON: for its checkpoints. Records count by number and SHA-256,
 * computed once.
 */
export function trainingIdentity(task: Identified): TrainingIdentity {
  const { backend, model, method, recipe, key, augmentation } = task;
  const { name, version, threads, gpu } = backend;
  const records = {
    members: fingerprint(task.members),
    nonMembers: fingerprint(task.nonMembers),
    training: fingerprint(task.training),
    inference: fingerprint(task.inference),
  };
  return {
    compute: { name, version, threads, gpu },
    model,
    method,
    recipe,
    key,
    augmentation:
      augmentation === undefined ? null : { name: augmentation.name, options: augmentation.options },
    records,
    revision: trainingRevision,
  };
}

function fingerprint(records: Records | undefined): string | null {
  if (records === undefined) return null;
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [records.x, records.y])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return `${records.y.length} records, ${hash.digest('hex').slice(0, 16)}`;
}
