import type { Study } from './study';

const sees =
  'The adversary queries the target once for each record and sees all of its outputs, knows the true label, and has ';

/** What the adversary of a study knows, for reports. Single attacks add what they need beyond it. */
export function threatText({ adversary, ensemble, methods }: Study): string {
  if (ensemble !== null) {
    return (
      `${sees}${ensemble - 1} other models, each trained on a random half of the same records with the loss and the settings of the target. Each of the ` +
      `${ensemble} models is the target in turn. For every record about half of the other models were trained on it: a ` +
      'strong adversary, who knows all records but not which of them the target was trained on.'
    );
  }
  const trained =
    adversary === 'adaptive'
      ? 'the loss and the settings of the target'
      : `${methods[0].label}, whatever the target was trained with: this adversary does not adapt to the defense, and the numbers say less than those of one who does`;
  return `${sees}other records of the same population, half of which it trains shadow models on with ${trained}.`;
}
