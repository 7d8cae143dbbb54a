import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestCut, classThresholds, decide, type ScoredRecords } from '../../src/attacks/class-thresholds';
import { attackNoteWords } from '../../src/wording';

/** Tries every score of the records as a cut and counts from scratch, O(n^2). The highest of several best ones. */
function bruteForceCut(scores: readonly number[], members: readonly number[]): number {
  const m = members.filter((flag) => flag === 1).length;
  const n = members.length - m;
  let best = NaN;
  let bestGain = -Infinity;
  for (const cut of [...scores].sort((a, b) => b - a)) {
    let gain = 0;
    scores.forEach((score, i) => {
      if (score >= cut) gain += members[i] === 1 ? n : -m;
    });
    if (gain > bestGain) {
      bestGain = gain;
      best = cut;
    }
  }
  return best;
}

function bruteForce({ scores, labels, members }: ScoredRecords, classes: number): number[] {
  return Array.from({ length: classes }, (_, label) => {
    const rows = [...labels.keys()].filter((row) => labels[row] === label);
    const sides = new Set(rows.map((row) => members[row]));
    const chosen = sides.size === 2 ? rows : [...labels.keys()];
    return bruteForceCut(
      chosen.map((row) => scores[row]),
      chosen.map((row) => members[row]),
    );
  });
}

const CLASSES = 4;
const records = fc
  .array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.nat({ max: CLASSES - 1 }), fc.nat({ max: 1 })), {
    minLength: 2,
    maxLength: 50,
  })
  .filter((rows) => new Set(rows.map(([, , member]) => member)).size === 2)
  .map((rows) => ({
    scores: Float64Array.from(rows, ([score]) => score),
    labels: Int32Array.from(rows, ([, label]) => label),
    members: Uint8Array.from(rows, ([, , member]) => member),
  }));

describe('class thresholds', () => {
  it('equal the search over all cuts, ties and empty classes included', () => {
    fc.assert(
      fc.property(records, (input) => {
        expect([...classThresholds(input, CLASSES).cuts]).toEqual(bruteForce(input, CLASSES));
      }),
      { numRuns: 500 },
    );
  });

  it('do not depend on the order of the records', () => {
    fc.assert(
      fc.property(records, (input) => {
        const backwards = {
          scores: input.scores.slice().reverse(),
          labels: input.labels.slice().reverse(),
          members: input.members.slice().reverse(),
        };
        expect(classThresholds(backwards, CLASSES)).toEqual(classThresholds(input, CLASSES));
      }),
    );
  });

  it('by hand: one member against two non-members, and the highest of equally good cuts', () => {
    // Cut 3: TPR 1/2, TNR 1. Cut 2: TPR 1/2, TNR 1/2. Cut 1: TPR 1, TNR 1/2. The first and the last are equally good.
    expect(bestCut(Float64Array.of(1, 2, 3, 0), Uint8Array.of(1, 0, 1, 0))).toBe(3);
    expect(bestCut(Float64Array.of(5, 5), Uint8Array.of(1, 0))).toBe(5);
    // A score that runs the wrong way: the best that can be done is to call everybody a member.
    expect(bestCut(Float64Array.of(1, 2), Uint8Array.of(1, 0))).toBe(1);
  });

  it('give a class without members, non-members or records the global cut, and a note', () => {
    const found = classThresholds(
      {
        scores: Float64Array.of(0.9, 0.8, 0.1, 0.7),
        labels: Int32Array.of(0, 1, 2, 2),
        members: Uint8Array.of(1, 0, 0, 1),
      },
      4,
    );
    expect(found.global).toBe(0.9);
    expect([...found.cuts]).toEqual([0.9, 0.9, 0.7, 0.9]);
    expect(found.notes.map(attackNoteWords)).toEqual([
      expect.stringContaining('0 (no non-member), 1 (no member), 3 (no record)'),
    ]);
  });

  it('decide with >= and the record’s own class', () => {
    const decisions = decide(Float64Array.of(1, 0.9, 2), Int32Array.of(0, 0, 1), Float64Array.of(1, 3));
    expect([...decisions]).toEqual([1, 0, 0]);
  });

  it('refuse labels outside the classes and a missing side', () => {
    const input = {
      scores: Float64Array.of(1, 2),
      labels: Int32Array.of(0, 4),
      members: Uint8Array.of(1, 0),
    };
    expect(() => classThresholds(input, 4)).toThrow('labels[1] is 4');
    expect(() => classThresholds({ ...input, members: Uint8Array.of(1, 1) }, 5)).toThrow('both sides');
    expect(() => classThresholds({ ...input, labels: Int32Array.of(0) }, 5)).toThrow(
      'the number of labels is 1',
    );
  });
});
