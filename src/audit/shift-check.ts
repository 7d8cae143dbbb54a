import { comparedModels } from '../attacks/compared-models';
import { membershipByCategory } from '../metrics/independence';
import { shiftTest } from '../metrics/shift';
import type { Units } from '../metrics/units';
import { maxConfidence, trueClassProbability } from '../signals/log-softmax';
import { referenceModels, type SignalSet } from '../signals/signal-set';
import type { ShiftCheck } from './audit-result';
import { dealtUnits } from './dealt-units';

/** All reference models are used if they leave this share of the records that equal numbers of models would leave. */
const evenly = 0.8;

/** A test below this says shift: one false alarm in a thousand audits a test. */
export const shiftLevel = 0.001;

/**
 * Before any attack: do members differ from non-members for another reason than that the target was trained on them?
 * Membership is compared with labels, with groups, and with the confidence of models that did not see the difference.
 * With one model only, the last and strongest test is missing, and the outcome says so.
 */
export function shiftCheck(set: SignalSet, seed: number): ShiftCheck {
  const members = set.members[set.target];
  const dealt = dealtUnits(set);
  const tests = [
    ...(set.unlabeled
      ? []
      : [{ name: 'label', ...membershipByCategory(set.labels, members, seed, dealt?.units) }]),
    // Groups that were dealt as a whole differ in membership by design.
    ...(set.groups && dealt === null
      ? [{ name: 'group', ...membershipByCategory(set.groups, members, seed) }]
      : []),
  ].map(({ name, statistic, pValue, method }) => ({
    name: `membership against ${name}`,
    statistic: `chi-square ${statistic.toPrecision(4)}`,
    pValue,
    detail: method,
  }));
  const reference = referenceTest(set, members, dealt?.units);
  const all = reference === null ? tests : [...tests, reference];
  const shifted = all.flatMap(({ name, pValue }) =>
    pValue !== null && pValue < shiftLevel ? [{ name, pValue }] : [],
  );
  if (shifted.length > 0) {
    const names = shifted.map(
      ({ name, pValue }) => `${name} (p ${pValue < 1e-4 ? '< 0.0001' : pValue.toFixed(4)})`,
    );
    return {
      outcome: 'shift',
      tests: all,
      sentence:
        `Members differ from non-members before any attack: ${names.join(', ')}. What attacks find may come from ` +
        'that difference and not from training.',
    };
  }
  if (reference === null || reference.pValue === null) {
    return {
      outcome: 'not testable',
      tests: all,
      sentence:
        'Whether members differ from non-members for another reason than training could not be tested on outputs, ' +
        `since ${set.models === 1 ? 'there is one model only' : 'no other model held, or lacked, records of both kinds'}` +
        noDifference(tests.map(({ name }) => name)),
    };
  }
  return {
    outcome: 'no shift seen',
    tests: all,
    sentence: 'Models that did not see the difference do not tell members from non-members.',
  };
}

/** The end of a sentence: which tests saw no difference. */
function noDifference(names: readonly string[]): string {
  const what = names.map((name) => `${name.split(' ').pop()}s`).join(' and ');
  return names.length === 0 ? '.' : `; ${what} show no difference.`;
}

function referenceTest(
  set: SignalSet,
  members: Uint8Array,
  units: Units | undefined,
): ShiftCheck['tests'][number] | null {
  const others = referenceModels(set);
  if (others.length === 0) return null;
  const sureness = set.unlabeled ? maxConfidence : trueClassProbability;
  const all = others.map((m) => ({ scores: sureness(set.model(m)), held: set.members[m] }));
  const compared = comparedModels(set, 'in- and out-models');
  const equal = all.map((reference, at) => ({ ...reference, used: compared[others[at]] }));
  // All models, unless their numbers tell so much of the membership that few records are left to compare.
  const [whole, cut] = [all, equal].map((references) => shiftTest(references, members, units));
  const { auc, pValue, method } = whole.compared >= evenly * cut.compared ? whole : cut;
  return {
    name: `membership against the confidence of ${others.length === 1 ? 'a reference model' : 'reference models'}`,
    statistic: auc === null ? 'none' : `AUC ${auc.estimate.toFixed(4)}`,
    pValue,
    detail: method,
  };
}
