import { badInput, UserError } from '../errors';
import type { Recipe } from './recipe';

/**
 * The recipe with which a loss with beta 1 trains just as it does with this beta under the given recipe: learning rate x
 * beta, weight decay / beta (reference: the velocity of one run is beta times that of the other). For CE it is the control
 * that separates what a loss does from what its factor does.
 *
 * Holds exactly for SGD with momentum (Nesterov's as well) and coupled weight decay, with any schedule and with a moving
 * average: bit for bit if beta is a power of 2, otherwise up to rounding, which training magnifies with time. An early stop
 * sees the same weights, so it stops alike.
 *
 * @param beta the factor on the loss, positive
 * @throws UserError for a beta that is not positive, or a recipe for which it is wrong: Adam, a threshold on gradients
 */
export function betaControl(recipe: Recipe, beta: number): Recipe {
  if (!(beta > 0) || !Number.isFinite(beta)) {
    throw badInput(
      'beta',
      beta,
      'must be a positive number',
      'Give the factor of the run that is to be controlled',
    );
  }
  if (recipe.optimizer === 'adam') {
    throw refused('adam', 'it divides each gradient by its own running size, so that beta cancels there');
  }
  if (recipe.gradientClip !== null) {
    const why = 'a threshold cuts beta times the gradient at another place than the gradient';
    throw refused('gradient-clipping', why);
  }
  return { ...recipe, learningRate: recipe.learningRate * beta, weightDecay: recipe.weightDecay / beta };
}

const refused = (name: string, reason: string): UserError =>
  new UserError(
    `Beta cannot be turned into learning rate and weight decay with ${name}: ${reason}. ` +
      'Train with the factor itself, and compare with a run of beta 1 under the same settings.',
  );
