import { expect, it } from 'vitest';
import { evaluateAttack } from '../../src/attacks/evaluate-attack';
import { attack } from '../../src/attacks/registry';
import { dealtSet } from '../../src/experiments/run-analysis';
import { memorizing } from './memorizing-models';

it('lines up models by record number: outputs, labels, membership, and whose record it is', () => {
  const [target, shadow] = [memorizing(0, 8), memorizing(1, 8)];
  const { set, records, own } = dealtSet([target, shadow]);
  expect(set.n).toBe(400);
  expect(records).toEqual(Int32Array.from({ length: 400 }, (_, i) => i));
  expect(own).toEqual(Uint8Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : 0)));
  expect(set.labels).toEqual(Int32Array.from({ length: 400 }, (_, i) => i % 4));
  [target, shadow].forEach((model, m) => {
    const row = 17;
    const record = model.records[row];
    expect(set.model(m).logits.slice(4 * record, 4 * record + 4)).toEqual(
      model.signals.logits.slice(4 * row, 4 * row + 4),
    );
    const members = Array.from(model.records.subarray(0, 100)).sort((a, b) => a - b);
    expect(Array.from(records).filter((i) => set.members[m][i] === 1)).toEqual(members);
  });
});

it('counts a record once that stands twice among the members', () => {
  const model = memorizing(0, 8);
  const twice = { ...model, records: model.records.slice() };
  twice.records[1] = twice.records[0];
  expect(dealtSet([twice]).set.n).toBe(399);
});

it('judges an attack on the target’s own records alone: 200 records, resolved to one in 100 non-members', () => {
  const dealt = dealtSet([memorizing(0, 8), memorizing(1, 8)]);
  const { auc, smallestFpr } = evaluateAttack(attack('difficulty-calibration'), dealt.set);
  expect(auc.estimate).toBeGreaterThan(0.99);
  expect(smallestFpr).toBe(0.01);
});
