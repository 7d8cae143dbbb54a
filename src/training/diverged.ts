/** Training stopped because a loss or an output was not finite. The last checkpoint is from before. */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';

  constructor(at: { epoch: number; step: number | 'evaluation'; learningRate: number; loss: number }) {
    const where =
      at.step === 'evaluation'
        ? `in the evaluation after epoch ${at.epoch}`
        : `at epoch ${at.epoch}, step ${at.step}`;
    super(
      `Training diverged ${where}: the loss is ${at.loss} at learning rate ${at.learningRate}, but it must stay finite. ` +
        'Lower the learning rate, or look at the data.',
    );
  }
}
