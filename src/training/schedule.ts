/** A course of the learning rate over the epochs, as PyTorch's schedulers of these names make it. */
export interface Schedule {
  /** `multi-step`: x decay at each milestone; `step`: x decay every `stepSize` epochs; `cosine`: to 0 by half a cosine. */
  readonly schedule: 'multi-step' | 'step' | 'cosine' | 'constant';
  /** Epochs after which a multi-step schedule multiplies the learning rate by `decay`. */
  readonly milestones: readonly number[];
  /** Epochs from one decay to the next of a step schedule. */
  readonly stepSize: number;
  readonly decay: number;
}

export const scheduleKinds = ['multi-step', 'step', 'cosine', 'constant'] as const;

/** The schedules that have a name in the official code (source/utils, get_scheduler), for the epochs that they are meant for. */
export const namedSchedules = {
  /** 300 epochs, CIFAR. */
  multi_step: { schedule: 'multi-step', milestones: [150, 225], decay: 0.1 },
  /** 150 epochs, TinyImageNet. */
  multi_step150: { schedule: 'multi-step', milestones: [50, 100], decay: 0.1 },
  /** 100 to 120 epochs, tables. */
  multi_step2: { schedule: 'multi-step', milestones: [40, 80], decay: 0.1 },
  /** 90 epochs. */
  imagenet: { schedule: 'multi-step', milestones: [30, 60], decay: 0.1 },
  /** 200 epochs, wide residual networks. */
  wrn: { schedule: 'multi-step', milestones: [60, 120, 160], decay: 0.2 },
  step30: { schedule: 'step', stepSize: 30, decay: 0.1 },
} as const satisfies Readonly<Record<string, Partial<Schedule>>>;

export type NamedSchedule = keyof typeof namedSchedules;

/** Learning rate of an epoch, counted from 0; the first one's is `learningRate`. */
export function scheduledRate(
  { schedule, milestones, stepSize, decay }: Schedule,
  learningRate: number,
  epoch: number,
  epochs: number,
): number {
  switch (schedule) {
    case 'multi-step':
      return learningRate * decay ** milestones.filter((milestone) => epoch >= milestone).length;
    case 'step':
      return learningRate * decay ** Math.floor(epoch / stepSize);
    case 'cosine':
      return (learningRate / 2) * (1 + Math.cos((Math.PI * epoch) / epochs));
    case 'constant':
      return learningRate;
  }
}
