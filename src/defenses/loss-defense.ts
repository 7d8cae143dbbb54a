import { lossFromData, type LossName } from '../losses/registry';
import { lossMethod } from '../training/method';
import type { Defense, DefenseOptionValues } from './defense';

/** Training with a loss of the registry and nothing else. */
export function lossDefense(name: LossName, options?: unknown): Defense {
  const loss = lossFromData(name, options);
  return {
    name,
    options: loss.options as DefenseOptionValues,
    title: loss.title,
    label: loss.label,
    needs: [],
    training: () => ({ method: lossMethod(loss) }),
  };
}
