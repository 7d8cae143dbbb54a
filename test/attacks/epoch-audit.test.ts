import { expect, it } from 'vitest';
import { epochAudit } from '../../src/attacks/epochs';
import { attack } from '../../src/attacks/registry';
import { auc } from '../../src/metrics/auc';
import { memorizingToy } from './memorizing-toy';

const last = memorizingToy(1, 'target');
/** The same model before it has learned: a part of its logits. */
const early = { ...last, logits: last.logits.map((z, i) => (z > 1 ? z - 8 + 0.05 * (i % 7) : z)) };

it('attacks each epoch as the attacks do by themselves, and hands each on', () => {
  const told: number[] = [];
  const audit = epochAudit({ fprs: [0.05], onEpoch: ({ epoch }) => told.push(epoch) });
  audit.onEvaluation(early, 1);
  audit.onEvaluation(last, 2);
  expect(told).toEqual([1, 2]);
  expect(audit.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  const [first, second] = audit.epochs.map(({ attacks }) => attacks.loss);
  expect(second.auc).toEqual(auc(attack('loss').score(last), last.members));
  expect(second.auc.estimate).toBeGreaterThan(0.99);
  expect(first.auc.estimate).toBeLessThan(0.75);
  expect(second.largestAdvantage).toBeGreaterThan(second.chance95);
  expect(Object.keys(second.tprAtFpr)).toEqual(['0.05']);
  expect(Object.keys(audit.epochs[0].attacks)).toContain('modified-entropy');
});

it('takes the attacks that are named, and refuses what is no epoch', () => {
  const audit = epochAudit({ attacks: [attack('entropy')] });
  audit.onEvaluation(last, 0);
  expect(Object.keys(audit.epochs[0].attacks)).toEqual(['entropy']);
  expect(() => audit.onEvaluation(last, 1.5)).toThrow(/epoch is 1.5/);
  expect(() => audit.onEvaluation({ ...last, members: new Uint8Array(last.n) }, 1)).toThrow();
});
