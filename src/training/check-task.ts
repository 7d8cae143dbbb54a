import { badInput, UserError } from '../errors';
import type { Network } from '../models/network';
import { slotNames } from './optimizer';
import { checkRecipe, lastEpoch } from './recipe';
import type { Records } from './records';
import type { TrainingState, TrainingTask, LoopTask } from './task';

/** @throws UserError that names what of a task is wrong, before anything is trained */
export function checkTask(task: LoopTask): void {
  const { recipe, network, members, nonMembers, inference, resumeFrom } = task;
  const { training } = task.released;
  checkRecipe(recipe);
  for (const [name, records] of Object.entries({ members, nonMembers, training, inference }))
    if (records !== undefined) checkRecords(name, records, network);
  const trained = (training ?? members).y.length;
  if (recipe.batchSize > trained) {
    const rule = `must be at most ${trained}, the number of records to train on`;
    throw badInput('the batch size', recipe.batchSize, rule, 'Choose a smaller one');
  }
  checkNeeds(task);
  checkPictures(task);
  if (resumeFrom !== undefined) checkFit(resumeFrom, task);
}

/** @throws UserError if a defense needs records that are neither members nor non-members, and has none */
export function requireInference(
  { label, needs }: { readonly label: string; readonly needs: readonly string[] },
  inference: unknown,
): void {
  if (!needs.includes('inference') || inference !== undefined) return;
  throw new UserError(
    `${label} needs an inference set: records that are neither members nor non-members. ` +
      "Give `inference`, e.g. with the split 'fifths' or 'sixths'.",
  );
}

function checkNeeds({ defense, recipe, inference, network, backend }: TrainingTask): void {
  requireInference(defense, inference);
  if (recipe.patience !== null && inference === undefined) {
    throw new UserError(
      'An early stop (patience) looks at an inference set, and there is none. ' +
        "Give `inference`, e.g. with the split 'fifths', or stop at a fixed epoch with stopAfter.",
    );
  }
  if (network.hasConvolutions && backend.name === 'wasm') {
    throw new UserError('The WebAssembly backend cannot train convolutions. Use the native backend.');
  }
}

function checkRecords(name: string, { x, y }: Records, { inputShape, classes }: Network): void {
  if (y.length === 0) {
    throw badInput(`number of ${name}`, 0, 'must be at least 1', 'Give records, or leave the set out');
  }
  const size = inputShape.reduce((product, n) => product * n, 1);
  if (x.length !== y.length * size) {
    throw badInput(
      `length of x of ${name}`,
      x.length,
      `must be ${y.length * size}: ${y.length} records of ${inputShape.join(' x ')} values`,
      'Give row-major features, and a network for records of that size',
    );
  }
  const bad = y.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0) {
    throw badInput(
      `label of record ${bad} of ${name}`,
      y[bad],
      `must be a class from 0 to ${classes - 1}`,
      'Count classes from 0, and make the network for all of them',
    );
  }
}

function checkPictures({ augmentation, image, network: { inputShape } }: TrainingTask): void {
  if (augmentation === undefined || augmentation.name === 'none') return;
  if (image === undefined) {
    throw badInput(
      'the augmentation',
      augmentation.name,
      'needs the size of the pictures, and there is none',
      'Leave the augmentation out, or give `image`',
    );
  }
  const shape = [image.height, image.width, image.channels];
  if (shape.join() !== inputShape.join()) {
    throw badInput(
      'size of the pictures',
      shape,
      `must be ${JSON.stringify(inputShape)}, the input of the network`,
      'Give the size that the data set has',
    );
  }
}

function checkFit(state: TrainingState, { network, recipe, members, nonMembers }: TrainingTask): void {
  const misfit = (what: string, there: unknown, here: unknown): UserError =>
    new UserError(
      `The state to go on from does not fit: ${what} is ${JSON.stringify(there)} there and ${JSON.stringify(here)} here. ` +
        'Go on with the network, recipe and data that it was made with, or start anew.',
    );
  const lengths = (
    what: string,
    found: readonly Float32Array[] | undefined,
    wanted: readonly number[],
  ): void => {
    const there = (found ?? []).map(({ length }) => length);
    if (there.length !== wanted.length) throw misfit(`the number of ${what}`, there.length, wanted.length);
    const i = there.findIndex((length, k) => length !== wanted[k]);
    if (i >= 0) throw misfit(`the length of ${what} ${i}`, there[i], wanted[i]);
  };
  const sizes = ({ shape }: { shape: readonly number[] }): number => shape.reduce((p, n) => p * n, 1);
  const parameters = network.parameters.map(sizes);
  lengths('parameters', state.parameters, parameters);
  lengths('buffers', state.buffers, network.buffers.map(sizes));
  const names = [...slotNames(recipe)];
  if (Object.keys(state.slots).sort().join() !== names.sort().join())
    throw misfit('the running averages of the optimizer', Object.keys(state.slots), names);
  names.forEach((name) => lengths(name, state.slots[name], parameters));
  if ((state.ema === null) !== (recipe.ema === null))
    throw misfit('a moving average of the weights', state.ema !== null, recipe.ema !== null);
  if (state.ema !== null) lengths('averaged parameters', state.ema, parameters);
  const n = members.y.length + nonMembers.y.length;
  const other = state.history.find(({ losses }) => losses.length !== n);
  if (other !== undefined) throw misfit('the number of evaluated records', other.losses.length, n);
  if (state.epoch > lastEpoch(recipe)) throw misfit('the epoch', state.epoch, `at most ${lastEpoch(recipe)}`);
}
