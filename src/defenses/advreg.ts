import { z } from 'zod';
import { numberIn, oneOfNames } from '../losses/parameters';
import type { Tensor1D } from '../platform/backend/tensor';
import { randomStream } from '../platform/math/random';
import {
  type DefenseDefinition,
  type Loop,
  type LoopRun,
  type LoopSetup,
  type LossOnBatch,
} from '../training/defense';
import { lossOnBatch, plainGradient } from '../training/batch-loss';
import { recipe, type Recipe } from '../training/recipe';
import { teacherKey } from '../training/records';
import { baseLoss, baseLossSchema, withBase } from './base-loss';
import { hostBatch } from '../training/batches';
import { attackForms, MembershipAttacker } from './membership-attacker';

const parameters = z
  .object({
    strength: numberIn('[0, Infinity)', 1, 'factor of the attack network in the loss (lambda)'),
    form: oneOfNames(
      attackForms,
      'nasr',
      'which of the published codes: MLHospital after Nasr et al., or RelaxLoss',
    ),
    attackLearningRate: numberIn(
      '[0, Infinity)',
      0,
      'first learning rate of the attack network; 0 stands for that of the recipe (nasr) or 0.001 (relaxloss), as published',
    ),
    attackSteps: numberIn(
      '[1, 1000]',
      5,
      'passes of the attack network after each first epoch; form relaxloss',
      true,
    ),
    base: baseLossSchema,
  })
  .strict();

type Options = z.output<typeof parameters>;

/** First epochs, which have no attack network in the loss. */
const plainEpochs = { nasr: 4, relaxloss: 3 };
const adamRate = 0.001;
/** The attack network has the random streams of a teacher; adversarial regularization has no other. */
const attackerPlace = { index: 63 };

/**
 * Adversarial regularization: a min-max game with an attack network h that tells members from inference records by their
 * outputs. After some plain epochs, each epoch first trains h for one pass over both (batches of members and of inference
 * records side by side, until either is used up), the network as in evaluation and records without augmentation; then
 * the network is trained for one pass with loss + strength (mean h - 1/2).
 *
 * - nasr: h sees logits and labels; binary cross-entropy; SGD with momentum 0.9, weight decay 5e-4 and a cosine schedule.
 *   Four plain epochs. (MLHospital's code has the untrained h in their loss.)
 * - relaxloss: h sees the sorted logits; squared error; Adam. Three plain epochs, each followed by `attackSteps` passes of
 *   h. Its code for tables, which alternates every two batches, is left out, and so is a slip in the code for images that
 *   leaves the hidden layer of h untrained.
 */
export const advreg: DefenseDefinition<typeof parameters> = {
  title: 'Adversarial regularization',
  short: 'AdvReg',
  source:
    'Nasr, Shokri and Houmansadr, CCS 2018, arXiv:1807.05852, algorithm 1; mlh/defenses/membership_inference/AdvReg.py of ' +
    'MLHospital (form nasr), source/cifar/defense/advreg.py of RelaxLoss (form relaxloss)',
  parameters,
  changes: ['loss', 'epochs'],
  needs: ['inference'],
  claim: 'an attacker of that kind does little better than guessing, at some cost in accuracy',
  revision: 1,
  create(options) {
    const { strength, form, attackLearningRate, attackSteps, base } = options;
    const more = [
      ...(attackLearningRate === 0 ? [] : [`, attack rate ${attackLearningRate}`]),
      ...(form === 'nasr' || attackSteps === 5 ? [] : [`, ${attackSteps} attack steps`]),
    ].join('');
    const label = `AdvReg (${form}, strength ${strength}${more})${withBase(base)}`;
    const loss = lossOnBatch(baseLoss(base));
    return {
      label,
      training: () => ({
        loop: (setup) => openRun(setup, options, loss),
      }),
    };
  },
};

function openRun(setup: LoopSetup, options: Options, base: LossOnBatch): LoopRun {
  const { form, strength, attackSteps } = options;
  const { classes } = setup.network;
  const key = teacherKey(setup.key, attackerPlace);
  const attackRecipe = attackRecipeOf(options, setup.recipe);
  const attacker = new MembershipAttacker(setup.backend.tf, form, attackRecipe, {
    classes,
    key,
    state: setup.state,
  });
  const isPlain = (epoch: number): boolean => epoch <= plainEpochs[form];
  const regularized: LossOnBatch = (tf, batch) => {
    const { values, logitGradient } = base(tf, batch);
    if (isPlain(batch.epoch)) return { values, logitGradient };
    const penalty = attacker.penalty(batch, strength);
    return {
      values: values.add<Tensor1D>(penalty.value),
      logitGradient: logitGradient.add(penalty.logitGradient),
    };
  };
  return {
    gradient: (step) => plainGradient(step, regularized),
    async beforeEpoch(loop) {
      if (!isPlain(loop.epoch)) await attackPass(loop, setup, attacker, 0);
    },
    async afterEpoch(loop) {
      if (form === 'nasr' || !isPlain(loop.epoch)) return;
      for (let pass = 1; pass <= attackSteps; pass++) await attackPass(loop, setup, attacker, pass);
    },
    state: () => attacker.state(),
    dispose: () => attacker.dispose(),
  };
}

/** How the attack network is trained beside a network with such a recipe. */
function attackRecipeOf(
  { form, attackLearningRate: given }: Options,
  { epochs, learningRate }: Recipe,
): Recipe {
  const common = { epochs, momentum: 0.9 };
  return form === 'nasr'
    ? recipe('study', {
        ...common,
        learningRate: given === 0 ? learningRate : given,
        schedule: 'cosine',
        optimizer: 'sgd',
        weightDecay: 5e-4,
      })
    : recipe('study', {
        ...common,
        learningRate: given === 0 ? adamRate : given,
        schedule: 'constant',
        optimizer: 'adam',
        weightDecay: 0,
      });
}

/** One pass of the attack network. @param pass which one of the epoch: its order of the records */
async function attackPass(
  loop: Loop,
  { training, inference, recipe: { batchSize }, key }: LoopSetup,
  attacker: MembershipAttacker,
  pass: number,
): Promise<void> {
  const { tf, network, epoch } = loop;
  const others = inference!;
  // The order of the training pass has step 0.
  const ownOrder = randomStream({ ...key, purpose: 'order', epoch, step: pass + 1 }).permutation(
    training.y.length,
  );
  const otherOrder = randomStream({ ...key, purpose: 'inference', epoch, step: pass }).permutation(
    others.y.length,
  );
  const most = Math.min(ownOrder.length, otherOrder.length);
  for (let from = 0; from < most; from += batchSize) {
    await loop.breathe();
    const batch = tf.tidy(() => {
      const halves = [
        hostBatch(tf, network, training, ownOrder.subarray(from, from + batchSize)),
        hostBatch(tf, network, others, otherOrder.subarray(from, from + batchSize)),
      ];
      const x = tf.concat(halves.map((half) => half.x));
      const oneHot = tf.concat(halves.map((half) => half.oneHot));
      const [own, other] = halves.map((half) => half.oneHot.shape[0]);
      const isMember = tf.concat([tf.ones([own]), tf.zeros([other])]) as Tensor1D;
      return { z: network.logits(tf, loop.tensors, x), oneHot, isMember };
    });
    attacker.learn(batch, batch.isMember, epoch);
    tf.dispose(batch);
  }
}
