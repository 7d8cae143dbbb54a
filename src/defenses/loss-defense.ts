import type { Loss } from '../losses/loss';
import { lossMethod } from '../training/method';
import type { Defense, DefenseOptionValues } from './defense';

/** The simplest defense: training with a loss and nothing else. */
export function lossDefense(loss: Loss): Defense {
  return {
    name: loss.name,
    options: loss.options as DefenseOptionValues,
    title: loss.title,
    label: loss.label,
    changes: ['loss'],
    needs: [],
    revision: 0,
    training: () => ({ method: lossMethod(loss) }),
  };
}
