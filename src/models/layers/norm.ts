import type { NetworkBuilder } from '../network-builder';
import { batchNorm } from './batch-norm';
import { groupNorm } from './group-norm';
import type { Layer } from './layer';

/** Which normalization stands behind the convolutions. */
export const normNames = ['batch', 'group'] as const;

export type NormName = (typeof normNames)[number];

/** Makes the chosen normalization; both have the same names of parameters. */
export function norm(
  kind: NormName,
): (builder: NetworkBuilder, name: string, shape: readonly number[]) => Layer {
  return kind === 'batch' ? batchNorm : groupNorm;
}
