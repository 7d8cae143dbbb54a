import { open, type Claim } from './claim';

/** Claims and questions that no committed result speaks about. */
export const openClaims: readonly Claim[] = [
  open(
    'O1',
    'Over all values of alpha, CCL has a better trade-off of privacy and utility than other defenses at equal tuning budgets.',
    'abstract; the budgets are our condition',
    'Every method with the same number of configurations, chosen on the shadow models, all epochs as paths. M8 to M12 are single settings.',
  ),
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
    'O4',
    'alpha moves the trade-off: the smaller alpha, the more privacy and the less accuracy.',
    'the one hyper-parameter of the abstract',
    'Needs a sweep over alpha in several seeds. Near alpha 0 nothing is learned: CEL and CQL alone reach a test accuracy of a few percent (`docs/defenses.md`).',
  ),
  open(
    'O5',
    'The gain is the loss’s, not the factor beta’s.',
    'question from the code, in which beta is between .01 and 1',
    'Needs CCL at beta below 1 beside cross-entropy with the learning rate and weight decay of `betaControl`.',
  ),
  open(
    'O6',
    'CCL protects the most exposed records, not only the average one.',
    'no low false positive rate is known from the paper',
    'Needs LiRA or RMIA with many reference models, true positive rates at 0.1 %, canaries. Aerni et al. (CCS 2024) found that averages understate leakage for five other defenses.',
  ),
  open(
    'O7',
    'CCL costs calibration.',
    'our derivation (T11)',
    'Needs calibration errors of networks on non-members, with intervals (`calibration`).',
  ),
  open(
    'O8',
    'Records with wrong labels are memorized less, or later, under CCL.',
    'our expectation: their weight is about alpha',
    'Needs canaries with wrong labels and losses by epoch.',
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
    'O11',
    'With beta .05, as in the example of the official code, CCEL hardly trains on Location30 in 1,000 steps, and neither does cross-entropy with the equivalent learning rate and weight decay.',
    'runs of the official code',
    'Needs both runs here: `npx ccl run --loss ccel --set beta=0.05`, and `--loss ce` with a learning rate of 0.005 and a weight decay of 0.01.',
  ),
  open(
    'O12',
    'One member that stays misclassified can carry the whole variance of the members’ losses.',
    'runs of the official code',
    'Medians and quantiles stand beside variances in the store (`epochs`) and in the tables for that reason.',
  ),
];
