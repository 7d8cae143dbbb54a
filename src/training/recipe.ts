import { z } from 'zod';
import { parseOptions } from '../options';

const positiveInteger = (what: string) =>
  z.number().int(`${what} must be a whole number`).positive('Must be at least 1');
const finite = z.number().finite('Must be a finite number');

/** Checks a recipe; its defaults are the recipe `study`. */
export const recipeSchema = z
  .object({
    epochs: positiveInteger('epochs').default(40),
    batchSize: positiveInteger('batch size').default(128),
    learningRate: finite.positive('Must be positive').default(0.1),
    milestones: z
      .array(z.number().int('Must be whole epochs').positive('Must be at least 1'))
      .default([20, 32]),
    decay: finite.positive('Must be positive').default(0.1),
    momentum: finite.min(0, 'Must be in [0, 1)').lt(1, 'Must be in [0, 1)').default(0.9),
    weightDecay: finite.min(0, 'Must not be negative').default(5e-4),
    evaluateEvery: positiveInteger('evaluateEvery').default(2),
  })
  .strict();

/** How a model is trained, whatever its loss: the same for every method of a study. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  /** Learning rate of the first epoch. */
  readonly learningRate: number;
  /** Epochs after which the learning rate is multiplied by `decay`. */
  readonly milestones: readonly number[];
  readonly decay: number;
  readonly momentum: number;
  /** Coupled L2 penalty: weightDecay x weight is added to each gradient, biases included, as PyTorch's SGD does. */
  readonly weightDecay: number;
  /** Evaluate after each such number of epochs, and after the last one. */
  readonly evaluateEvery: number;
}

/**
 * The recipes that have a name. `study`: 40 epochs, enough for cross-entropy to fit Location30 fully; sizes and
 * optimizer from the official code. `official`: the 100-epoch run on Location30 with the official code's settings.
 */
export const recipes = {
  study: recipeSchema.parse({}) as Recipe,
  official: recipeSchema.parse({ epochs: 100, milestones: [40, 80] }) as Recipe,
} as const;

export type RecipeName = keyof typeof recipes;

/**
 * A named recipe with single settings replaced.
 *
 * @throws UserError that names the setting that is out of range
 */
export function recipe(name: RecipeName = 'study', changes: Partial<Recipe> = {}): Recipe {
  return parseOptions('training', recipeSchema, { ...recipes[name], ...changes }) as Recipe;
}

/** Learning rate of an epoch (counted from 0), as PyTorch's MultiStepLR: lr x decay^(milestones reached). */
export function learningRateAt(recipe: Recipe, epoch: number): number {
  const reached = recipe.milestones.filter((milestone) => epoch >= milestone).length;
  return recipe.learningRate * recipe.decay ** reached;
}

/** Whether a model is evaluated after this epoch (counted from 1). */
export function isEvaluated(recipe: Recipe, epoch: number): boolean {
  return epoch % recipe.evaluateEvery === 0 || epoch === recipe.epochs;
}
