import { open, type Claim } from './claim';

/** Claims and questions that no committed result speaks about. */
export const openClaims: readonly Claim[] = [
  open(
    'O2',
    'CCL improves the trade-off on Texas100, Purchase100, CIFAR-10, CIFAR-100 and ImageNet.',
    'five data sets are named by a summary; which ones is inferred from the code',
    'The loaders are there (`docs/data.md`), the data are not in this repository. Curves of the same laboratory’s later code (CIFAR-10, loss attack, best P1 with 1 - advantage): none .638, CCL .739, RelaxLoss .747; CIFAR-100: .359, .565, .567.',
  ),
  open(
    'O3',
    'Gradient ascent, as in RelaxLoss, makes the parameters oscillate near a minimum; CCL does not.',
    'abstract',
    'Needs the length of the parameters’ path in the last epochs, for both.',
  ),
  open(
    'O9',
    'CCL added to AdvReg or Mixup + MMD improves both.',
    'inferred from run scripts of the first author',
    "Both take a `base` loss: `defense('advreg', { base: { loss: 'ccel' } })`.",
  ),
  open(
    'O10',
    'CCL trains as long as cross-entropy does, other defenses longer.',
    'a notebook of the same laboratory: 1245 s without a defense, 1243 with CCL',
    'Costs in CPU time are in `docs/defenses.md`; they are not intervals.',
  ),
  open(
    'O12',
    'One member that stays misclassified can carry the whole variance of the members’ losses.',
    'runs of the official code',
    'Medians and quantiles stand beside variances in the store (`epochs`) and in the tables for that reason.',
  ),
];
