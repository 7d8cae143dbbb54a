import type { TrainingKey } from './method';

/** Training stopped because a loss or an output was not finite. The last checkpoint is from before. */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';

  constructor(at: {
    epoch: number;
    step: number | 'evaluation' | 'extra pass';
    learningRate: number;
    loss: number;
    /** Numbers of the batch's records in the training set. */
    records?: Int32Array;
    /** Which model, where several train together. */
    model?: TrainingKey;
  }) {
    const where =
      at.step === 'evaluation'
        ? `in the evaluation after epoch ${at.epoch}`
        : at.step === 'extra pass'
          ? `in the extra pass of epoch ${at.epoch}`
          : `at epoch ${at.epoch}, step ${at.step}`;
    const batch = at.records === undefined ? '' : ` (a batch of ${batchText(at.records)})`;
    super(
      `Training${modelText(at.model)} diverged ${where}${batch}: the loss is ${at.loss} at learning rate ${at.learningRate}, but it must stay finite. ` +
        'Lower the learning rate, or look at the data.',
    );
  }
}

function modelText(model: TrainingKey | undefined): string {
  return model === undefined
    ? ''
    : ` of the ${model.role} model with index ${model.index}, seed ${model.seed},`;
}

function batchText(records: Int32Array): string {
  const first = Array.from(records.subarray(0, 3)).join(', ');
  return `${records.length} records: ${first}${records.length > 3 ? ', ...' : ''}`;
}
