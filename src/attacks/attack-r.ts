import { z } from 'zod';
import type { SignalSet } from '../signals/signal-set';
import { crossEntropies, modelRow } from '../signals/statistics';
import type { AttackScores, SetAttack } from './attack';
import { forEachRecord, meanOf } from './reference-sides';

export const attackRParameters = z.object({}).strict();

/**
 * Attack R (Ye et al. 2022, ACM CCS, arXiv:2111.09679, section 4.4): the share of reference models that were not trained
 * on the record and have a larger loss there than the target, equal losses counted half. A record of few reference models
 * has few possible scores.
 */
export function attackR(): SetAttack {
  return {
    name: 'attack-r',
    title: 'Attack R (per-record quantile)',
    formula: 'share of out-models m with loss_m(x) > loss(x), ties half',
    reference: 'Ye et al. 2022, arXiv:2111.09679',
    threatModel:
      'The probability of the true class of each record; reference models trained as the target was, without the records.',
    needs: ['out-models'],
    fittedOn: 'nothing',
    cost: { queries: '1 a record', models: 'reference models without the records' },
    differences:
      'The paper interpolates between the reference losses; the ranking between their values is lost here.',
    scores: (set) =>
      onOutModels(set, (own, outside) => {
        let larger = 0;
        for (let m = 0; m < outside.length; m++)
          larger += outside[m] > own ? 1 : outside[m] === own ? 0.5 : 0;
        return larger / outside.length;
      }),
  };
}

/**
 * Difficulty calibration (Watson, Guo, Cormode and Sablayrolles 2022, ICLR, arXiv:2111.08440): the mean loss of the
 * reference models that were not trained on the record, minus the target's loss.
 */
export function difficultyCalibration(): SetAttack {
  return {
    name: 'difficulty-calibration',
    title: 'Difficulty calibration',
    formula: 'mean over out-models of loss_m(x) - loss(x)',
    reference: 'Watson et al. 2022, arXiv:2111.08440',
    threatModel:
      'The probability of the true class of each record; reference models trained as the target was, without the records.',
    needs: ['out-models'],
    fittedOn: 'nothing',
    cost: { queries: '1 a record', models: 'reference models without the records' },
    scores: (set) => onOutModels(set, (own, outside) => meanOf(outside) - own),
  };
}

/** A score of each record from the target's loss and those of its out-models. */
function onOutModels(set: SignalSet, scoreOf: (own: number, outside: Float64Array) => number): AttackScores {
  const losses = crossEntropies(set);
  const own = modelRow(losses, set.n, set.target);
  const usable = new Uint8Array(set.n);
  const scores = new Float64Array(set.n);
  forEachRecord(set, losses, (i, { outside }) => {
    if (outside.length === 0) return;
    usable[i] = 1;
    scores[i] = scoreOf(own[i], outside);
  });
  const left = usable.reduce((sum, flag) => sum + 1 - flag, 0);
  return left === 0
    ? { scores, notes: [] }
    : { scores, usable, notes: [`${left} records have no reference model that was not trained on them`] };
}
