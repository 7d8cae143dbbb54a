import type { StudyInput } from '../experiments/study';
import type { MethodSpec } from '../experiments/study-defenses';

const alphas = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Ten settings or so of each method, as the authors' scripts try them. */
const methods: readonly MethodSpec[] = [
  { loss: 'ce' },
  { loss: 'ccel', alpha: alphas },
  { loss: 'ccql', alpha: alphas },
  { loss: 'focal', gamma: [0.6, 1, 2, 4, 8, 16, 32, 64] },
  { defense: 'relaxloss', target: [0.01, 0.1, 0.3, 0.5, 0.6, 0.7, 0.9, 1, 1.6, 3.2] },
  { defense: 'label-smoothing', epsilon: [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] },
  { defense: 'confidence-penalty', strength: [0.1, 0.2, 0.5, 1, 2, 4, 8, 16] },
  { defense: 'dropout', rate: [0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9] },
  { defense: 'mixup-mmd', strength: [0.1, 0.3, 0.4, 0.6, 0.8, 1, 2, 4] },
  { defense: 'advreg', strength: [0.1, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 3.2] },
  { defense: 'early-stopping', epoch: [25, 50, 75, 100, 125, 150, 175, 200, 225, 250, 275] },
  { defense: 'distillation', temperature: [0.1, 0.5, 1, 2, 5, 10, 20, 50] },
];

/**
 * The paper's grid of methods on CIFAR: ResNet-34 on CIFAR-10, DenseNet-121 on CIFAR-100, 300 epochs, a shadow model for
 * each target (ICML 2024, section 5; the authors' development scripts). Five seeds here, where they had one.
 */
export function paperGrid(data: 'cifar10' | 'cifar100'): StudyInput {
  return {
    name: `paper-grid-${data}`,
    data,
    split: 'fifths',
    model: data === 'cifar10' ? 'resnet34' : 'densenet121',
    methods,
    seeds: [1, 2, 3, 4, 5],
    epochs: 300,
    milestones: [150, 225],
    learningRate: 0.1,
  };
}
