import type { TrainingState } from '../../src/training/task';

export { defendedTask, expectSameBitsAfterResume, longRecipe, meanLosses } from './defended-task';

/** Shares of the 50 members and of the 50 non-members that are classified correctly at the end. */
export function accuracyOf({ history }: TrainingState): { members: number; nonMembers: number } {
  const { correct } = history[history.length - 1];
  const share = (part: Uint8Array): number => part.reduce((sum, each) => sum + each, 0) / part.length;
  return { members: share(correct.subarray(0, 50)), nonMembers: share(correct.subarray(50)) };
}
