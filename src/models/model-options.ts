import { z } from 'zod';
import { initializerNames, type InitializerName } from './initializers';
import { normNames } from './layers/norm';
import type { Layer } from './layers/layer';
import { dropout as dropoutLayer } from './layers/dropout';
import { dense } from './layers/dense';
import { sequence } from './layers/composition';
import type { NetworkBuilder } from './network-builder';

/** A whole number of at least 1. */
export const count = z
  .number({ invalid_type_error: 'Must be a whole number of at least 1' })
  .refine((value) => Number.isInteger(value) && value >= 1, 'Must be a whole number of at least 1');

/** Number of classes. */
export const classes = count.default(10);

/** Probability with which a value is dropped. */
export const dropout = z
  .number({ invalid_type_error: 'Must be a number in [0, 1)' })
  .refine((value) => value >= 0 && value < 1, 'Must be a number in [0, 1)')
  .default(0);

/** Height, width and channels of an image. */
export const input = z.tuple([count, count, count]).default([32, 32, 3]);

/** Batch norm, or group norm, with which records do not depend on each other (needed by DP-SGD). */
export const norm = z.enum(normNames).default('batch');

/** Start of convolutions and hidden dense layers; the default is what the architecture's source does. */
export const initializer = (
  usual: InitializerName,
): z.ZodDefault<z.ZodEnum<typeof initializerNames & [InitializerName, ...InitializerName[]]>> =>
  z.enum(initializerNames).default(usual) as never;

/** Options of a network of images with norm layers. */
export const withNorm = (usual: InitializerName) =>
  z.object({ input, classes, norm, dropout, initializer: initializer(usual) }).strict();

/**
 * The output layer, always with PyTorch's own start weights, and dropout on the logits as the official code has it for
 * its image networks (wrappers around torchvision's).
 */
export function outputLayer(
  builder: NetworkBuilder,
  name: string,
  features: number,
  options: { readonly classes: number; readonly dropout: number },
): Layer {
  const logits = dense(builder, name, features, options.classes, 'pytorch');
  return sequence([logits, dropoutLayer(builder, logits.outputShape, options.dropout)]);
}
