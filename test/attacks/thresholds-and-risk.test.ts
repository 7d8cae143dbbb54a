import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attacks/registry';
import { privacyRiskAsTfPrivacy } from '../../src/attacks/privacy-risk';
import { binOf, logEdges, riskHistogram, riskOf } from '../../src/attacks/privacy-risk';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { fixture, largestError, learnedAtOnce, setOf } from './learned-fixture';
import { attackNoteWords } from '../../src/wording';

const context = { seed: 1 };
const set = setOf(fixture, fixture.groups);
const atOnce = learnedAtOnce(set);

describe('thresholds', () => {
  it.each(fixture.thresholds)('by $by, oracle $oracle: as by trying every cut', ({ by, oracle, scores }) => {
    const made = attack('threshold', { by, setOn: oracle ? 'target' : 'shadow models' });
    const found = made.scores(atOnce, context);
    expect(largestError(found.scores, scores)).toBeLessThan(1e-12);
    expect(found.cuts).toEqual(new Float64Array(set.n));
    expect(made.fittedOn).toBe(oracle ? 'target' : 'shadow models');
    expect(made.title.includes('oracle')).toBe(oracle);
  });

  it('a class without shadow non-members gets the threshold of all, and the note says which', () => {
    expect(attack('threshold').scores(atOnce, context).notes).toEqual([
      { code: 'shared-cut', by: 'class', parts: [{ part: 3, lacks: 'non-member' }] },
    ]);
  });

  it('groups are named where they are missing', () => {
    const { needs, scores } = attack('threshold', { by: 'group' });
    expect(needs).toContain('groups');
    expect(() => scores(setOf(fixture), context)).toThrow(/groups is undefined/);
  });

  it('every score can be taken, and the decision is that of the score against its cut', () => {
    for (const score of [
      'loss',
      'confidence',
      'max-confidence',
      'entropy',
      'modified-entropy',
      'hinge',
    ] as const) {
      const own = attack('threshold', { score }).scores(set, context);
      const plain = attack(score).scores(set, context);
      const decided = Array.from(own.scores, (s) => s >= 0);
      expect(decided, score).toEqual(Array.from(plain.scores, (s, i) => s >= plain.cuts![i]));
    }
  });
});

describe('privacy-risk scores', () => {
  it("Song and Mittal's form as numpy gives it", () => {
    const { scores, cuts, notes } = attack('privacy-risk').scores(atOnce, context);
    expect(largestError(scores, fixture.songMittal)).toBeLessThan(1e-12);
    expect(cuts![0]).toBe(0.5);
    expect(notes.map(attackNoteWords).join()).toContain('non-members: 3');
  });

  it("TensorFlow Privacy's form, on shadow models and in-sample as its code", () => {
    const { scores } = attack('privacy-risk', { form: 'tf-privacy' }).scores(atOnce, context);
    expect(largestError(scores, fixture.tfPrivacy)).toBeLessThan(1e-12);
    expect(largestError(privacyRiskAsTfPrivacy(set.model(0)), fixture.tfPrivacyInSample)).toBeLessThan(1e-12);
  });

  it("the risks of a worked example, the numbers of TensorFlow Privacy's own test", () => {
    const losses = Float64Array.of(1, 1, 1, 10, 100, 10, 100, 100, 1000, 10000);
    const members = Uint8Array.of(1, 1, 1, 1, 1, 0, 0, 0, 0, 0);
    const histogram = riskHistogram(losses, members, logEdges(losses, 15));
    const risks = Array.from(losses, (loss) => Math.round(100 * riskOf(histogram, loss)) / 100);
    expect(risks).toEqual([1, 1, 1, 0.5, 0.33, 0.5, 0.33, 0.33, 0, 0]);
  });

  it('on the target each record is judged without itself', () => {
    // One record's loss lies alone in its bin: in-sample its risk is 1, out of fold the prior.
    const n = 20;
    const logits = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) logits[2 * i] = i === 4 ? 12 : (i % 5) * 0.01;
    const alone = memorySignalSet({
      labels: new Int32Array(n),
      members: [Uint8Array.from({ length: n }, (_, i) => (i + 1) % 2)],
      logits: [logits],
    });
    expect(privacyRiskAsTfPrivacy(alone.model(0))[4]).toBe(1);
    const options = { form: 'tf-privacy', fittedOn: 'target' } as const;
    const { scores, notes } = attack('privacy-risk', options).scores(alone, context);
    expect(scores[4]).toBeLessThan(1);
    expect(notes.map(attackNoteWords).join()).toContain('upper bound');
  });

  it('bins: edges of equal ratio, values beyond them in the outermost, equal values in one', () => {
    const edges = logEdges(Float64Array.of(0, 1e-6, 100), 3);
    expect(Array.from(edges, (edge) => Math.round(Math.log10(edge)))).toEqual([-10, -6, -2, 2]);
    expect([0, 1e-12, 1e-7, 1e-3, 5, 100, 1e9].map((value) => binOf(edges, value))).toEqual([
      0, 0, 0, 1, 2, 2, 2,
    ]);
    expect(logEdges(Float64Array.of(3, 3), 5)).toHaveLength(2);
  });
});
