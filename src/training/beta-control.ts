import { badInput, UserError } from '../errors';
import type { Recipe } from './recipe';

/** What is done to gradients and weights beside the recipe, as far as it matters for the factor beta. */
export interface UpdateRule {
  /** Name of another optimizer than the recipe's. */
  readonly optimizer?: string;
  /** Whether decay is added to the gradient (coupled, default) or taken off the weights beside it. */
  readonly weightDecay?: 'coupled' | 'decoupled';
  /** Everything else that is done to gradients before the step, by name: gradient-clipping, dp-sgd, ... */
  readonly gradientSteps?: readonly string[];
}

const reasons: Readonly<Record<string, string>> = {
  adam: 'it divides each gradient by its own running size, so that beta cancels there',
  adamw: 'it divides each gradient by its own running size, so that beta cancels there',
  'gradient-clipping': 'a threshold cuts beta times the gradient at another place than the gradient',
  'dp-sgd':
    'clipping each record’s gradient undoes beta, and the noise is measured by the clipping norm, not by beta',
};

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
 * @param rule what the training does besides; refused by name where the equivalence does not hold
 * @throws UserError for a beta that is not positive, or an update rule for which it is wrong or not known to be right
 */
export function betaControl(recipe: Recipe, beta: number, rule: UpdateRule = {}): Recipe {
  if (!(beta > 0) || !Number.isFinite(beta)) {
    throw badInput(
      'beta',
      beta,
      'must be a positive number',
      'Give the factor of the run that is to be controlled',
    );
  }
  const { optimizer = recipe.optimizer, weightDecay = 'coupled', gradientSteps = [] } = rule;
  if (optimizer !== 'sgd') refuse(optimizer);
  if (recipe.gradientClip !== null) refuse('gradient-clipping');
  gradientSteps.forEach(refuse);
  if (weightDecay !== 'coupled') {
    throw new UserError(
      `Beta cannot be turned into learning rate and weight decay with ${weightDecay} decay: whether the decay is then ` +
        'divided by beta depends on whether it is multiplied by the learning rate. Use coupled decay.',
    );
  }
  return { ...recipe, learningRate: recipe.learningRate * beta, weightDecay: recipe.weightDecay / beta };
}

function refuse(name: string): never {
  const reason = reasons[name.toLowerCase()] ?? 'the equivalence is proved for plain SGD with momentum only';
  throw new UserError(
    `Beta cannot be turned into learning rate and weight decay with ${name}: ${reason}. ` +
      'Train with the factor itself, and compare with a run of beta 1 under the same settings.',
  );
}
