import { describe, expect, it } from 'vitest';
import { evaluateAttack } from '../../src/attacks/evaluate-attack';
import { outputScores } from '../../src/attacks/output-scores';
import { attack, attackNames, attacks, standardAttacks } from '../../src/attacks/registry';
import { lossAttackOn } from '../../src/experiments/model-path';
import { accuracy, ceLosses, correct } from '../../src/signals/log-softmax';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import type { ModelSignals } from '../../src/signals/signal-set';
import { attackNoteWords, intervalWords } from '../../src/wording';
import { memorizingToy } from './memorizing-toy';

/** Two classes; the second logit is 0, so that ln p_y falls with the first one's distance to the right side. */
function twoClasses(
  first: readonly number[],
  labels: readonly number[],
  members: readonly number[],
): ModelSignals {
  return {
    n: first.length,
    classes: 2,
    logits: Float64Array.from(first.flatMap((logit) => [logit, 0])),
    labels: Int32Array.from(labels),
    members: Uint8Array.from(members),
  };
}

const shadow = twoClasses([3, 1, 2, -3, -2, -1], [0, 0, 0, 1, 1, 1], [1, 0, 0, 1, 1, 0]);
const target = twoClasses([4, 3, 2, 1, -3, -1.5, -2, -1], [0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 0, 0, 1, 1, 0, 0]);

describe('evaluateAttack', () => {
  it('sets cuts on the shadow and judges on the target, by hand', () => {
    // Cuts as logit margins: 3 in class 0, 2 in class 1. Target: members 4, 3 | 3 pass and 1.5 fails; non-member 2 | 2 passes in class 1.
    const result = evaluateAttack(attack('loss'), target, [shadow]);
    expect(result.advantage.estimate).toBeCloseTo(3 / 4 - 1 / 4, 15);
    expect(result.accuracy.estimate).toBeCloseTo(3 / 4, 15);
    // Pairs: members 4, 3, 3, 1.5 against 2, 1, 2, 1: 4 + 4 + 4 + 2 of 16.
    expect(result.auc.estimate).toBeCloseTo(14 / 16, 15);
    expect(intervalWords(result.advantage.method)).toContain('Newcombe');
    expect(Object.keys(result.tprAtFpr)).toEqual(['0.01']);
    expect(result.tprAtFpr['0.01'].estimate).toBe(3 / 4);
    expect(intervalWords(result.tprAtFpr['0.01'].method)).toContain('not resolvable');
    expect(result.notes).toEqual([]);
  });

  it('gives the same for confidence and loss, which rank alike', () => {
    const [loss, confidence] = (['loss', 'confidence'] as const).map((name) =>
      evaluateAttack(attack(name), target, [shadow]),
    );
    expect({ ...confidence, name: '', title: '' }).toEqual({ ...loss, name: '', title: '' });
  });

  it('the advantage of correctness is the gap in accuracy, without any shadow', () => {
    const toy = memorizingToy(4, 'target');
    const { members, nonMembers } = accuracy(toy);
    expect(evaluateAttack(attack('correctness'), toy, []).advantage.estimate).toBeCloseTo(
      members - nonMembers,
      14,
    );
    expect(members - nonMembers).toBeGreaterThan(0.5);
  });

  it('pools several shadow models', () => {
    // The second one moves the best cut of class 0 from 3 to 1.8.
    const other = twoClasses([1.8, 0.5, -3, -1], [0, 0, 1, 1], [1, 0, 1, 0]);
    const pooled = twoClasses(
      [3, 1, 2, -3, -2, -1, 1.8, 0.5, -3, -1],
      [0, 0, 0, 1, 1, 1, 0, 0, 1, 1],
      [1, 0, 0, 1, 1, 0, 1, 0, 1, 0],
    );
    expect(evaluateAttack(attack('loss'), target, [shadow, other])).toEqual(
      evaluateAttack(attack('loss'), target, [pooled]),
    );
    expect(evaluateAttack(attack('loss'), target, [shadow, other])).not.toEqual(
      evaluateAttack(attack('loss'), target, [shadow]),
    );
    expect(evaluateAttack(attack('loss'), target, [other, shadow])).toEqual(
      evaluateAttack(attack('loss'), target, [shadow, other]),
    );
  });

  it('passes on the note about a class without shadow records', () => {
    const lame = twoClasses([3, 1, -3], [0, 0, 1], [1, 0, 1]);
    expect(attackNoteWords(evaluateAttack(attack('entropy'), target, [lame]).notes[0])).toContain(
      '1 (no non-member)',
    );
  });

  it('reports the rates that are asked for', () => {
    const result = evaluateAttack(attack('loss'), memorizingToy(1, 'target'), [memorizingToy(1, 'shadow')], {
      fprs: [0.1, 0.01],
    });
    expect(Object.keys(result.tprAtFpr)).toEqual(['0.1', '0.01']);
    expect(intervalWords(result.tprAtFpr['0.1'].method)).toContain('bootstrap');
    expect(intervalWords(result.tprAtFpr['0.01'].method)).toContain('Clopper-Pearson');
  });

  it('judges at the best cut, and says so, where no shadow model sets one', () => {
    const result = evaluateAttack(attack('loss'), target);
    expect(result.auc).toEqual(evaluateAttack(attack('loss'), target, [shadow]).auc);
    // Margins of members 4, 3, 3, 1.5, of non-members 2, 1, 2, 1: three of four pass a cut of 3, no non-member.
    expect(result.advantage.estimate).toBe(3 / 4);
    expect(intervalWords(result.advantage.method)).toContain('over all cuts');
    expect(result.notes.map(({ code }) => code)).toEqual(['no-cut', 'best-cut']);
  });

  it('takes plain arrays or a set, of one model or several, and judges audited records alone', () => {
    const { logits, labels, members } = target;
    const alone = evaluateAttack(attack('entropy'), { logits, labels, members });
    expect(alone).toEqual(evaluateAttack(attack('entropy'), memorySignalSet({ logits, labels, members })));
    const reference = new Float64Array(logits.length);
    const two = { logits: [logits, reference], labels, members: [members, new Uint8Array(8)] };
    const audited = Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0);
    // Of the first four records members stand above non-members.
    const judged = evaluateAttack(attack('difficulty-calibration'), { ...two, audited });
    expect(judged.auc.estimate).toBe(1);
    expect(judged.smallestFpr).toBe(1 / 2);
    expect(() => evaluateAttack(attack('lira'), target)).toThrow('needs in- and out-models for some records');
  });

  it('refuses another number of classes and malformed signals', () => {
    expect(() => evaluateAttack(attack('loss'), target, [memorizingToy(1, 'shadow')])).toThrow(
      "the shadow model's number of classes is 20",
    );
    const broken = { ...shadow, labels: shadow.labels.map(() => 9) };
    expect(() => evaluateAttack(attack('loss'), target, [broken])).toThrow('labels[0] is 9');
    expect(() => evaluateAttack(attack('loss'), broken, [shadow])).toThrow('labels[0] is 9');
  });
});

describe('the loss attack of a path', () => {
  it('is the loss attack without its intervals', () => {
    const [own, other] = [target, shadow].map((signals) => ({
      losses: ceLosses(signals),
      correct: correct(signals),
      labels: signals.labels,
      members: signals.members,
    }));
    const whole = evaluateAttack(attack('loss'), target, [shadow]);
    expect(lossAttackOn(own, [other], 2)).toEqual({
      advantage: whole.advantage.estimate,
      auc: whole.auc.estimate,
    });
  });
});

describe('degenerate models', () => {
  const flat = (logits: readonly number[]): ModelSignals => ({
    n: 4,
    classes: 2,
    logits: Float64Array.from([...logits, ...logits, ...logits, ...logits]),
    labels: Int32Array.of(0, 1, 0, 1),
    members: Uint8Array.of(1, 1, 0, 0),
  });

  for (const name of standardAttacks) {
    it(`${name}: equal outputs give AUC 0.5 and advantage 0 with finite bounds, also at p exactly 0 and 1`, () => {
      for (const logits of [
        [0, 0],
        [1e4, -1e4],
      ]) {
        const result = evaluateAttack(attack(name), flat(logits), [flat(logits)]);
        expect(result.auc.estimate).toBe(0.5);
        expect(result.advantage.estimate).toBe(0);
        expect(Number.isFinite(result.advantage.low) && Number.isFinite(result.auc.low)).toBe(true);
      }
    });
  }
});

describe('registry', () => {
  it('names every attack on outputs after its key, and its family otherwise', () => {
    for (const name of attackNames)
      expect(
        attack(name)
          .name.split('/')[0]
          .replace(/-o(n|ff)line$/, ''),
      ).toBe(name);
    for (const name of Object.keys(outputScores) as (keyof typeof outputScores)[]) {
      expect(attack(name).name).toBe(name);
      expect(attack(name).needs).toEqual([]);
      expect(attack(name).score(target)).toEqual(attack(name).scores(target).scores);
    }
    expect(Object.keys(attacks)).toEqual(attackNames);
  });

  it('answers a slip with the nearest name and all known ones', () => {
    expect(() => attack('modifed-entropy' as never)).toThrow(
      /Did you mean "modified-entropy"\?.*correctness.*loss/,
    );
    expect(() => attack('toString' as never)).toThrow('is no attack');
  });
});
