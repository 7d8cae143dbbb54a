import { open, type Claim } from './claim';

/** Claims and questions that no committed result speaks about. */
export const openClaims: readonly Claim[] = [
  open(
    'O2',
    'CCL improves the trade-off on Texas100, Purchase100, CIFAR-10, CIFAR-100 and ImageNet.',
    'five data sets are named by a summary; which ones is inferred from the code',
    'The loaders are there (`docs/data.md`), the data are not in this repository. Curves of the same laboratory’s later code (CIFAR-10, loss attack, best P1 with 1 - advantage): none .638, CCL .739, RelaxLoss .747; CIFAR-100: .359, .565, .567.',
  ),
];
