import { z } from 'zod';

/** The share of the convex part in a convex-concave loss; higher = more convex (paper, section 4). */
export const alpha = z
  .number({ invalid_type_error: 'Must be a number in [0, 1]' })
  .refine((value) => value >= 0 && value <= 1, 'Must be in [0, 1]')
  .default(0.5);

/** A factor on the whole loss; with SGD it is the same as learning rate x beta and weight decay / beta. */
export const beta = z
  .number({ invalid_type_error: 'Must be a positive number' })
  .refine((value) => value > 0 && Number.isFinite(value), 'Must be a positive number')
  .default(1);
