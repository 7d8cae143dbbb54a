import { describe, expect, it } from 'vitest';
import type { ScoreAttack } from '../../src/attacks/attack';
import { evaluateAttack } from '../../src/attacks/evaluate-attack';
import { lossAttack } from '../../src/attacks/loss';
import { attackNames } from '../../src/attacks/registry';
import { selfCheck } from '../../src/attacks/self-check';

/** The loss attack with another score, as if somebody had changed it. */
function faulty(score: (scores: Float64Array) => Float64Array): ScoreAttack {
  return { ...lossAttack, score: (signals) => score(lossAttack.score(signals)) };
}

function failed(result: ReturnType<typeof selfCheck>): string[] {
  return result.items.filter((item) => !item.passed).map((item) => item.name);
}

describe('self-check', () => {
  it('passes for every attack of the registry, whatever the seed', () => {
    for (const seed of [1, 2, 3]) {
      const result = selfCheck({ seed });
      expect(result.items.map((item) => `${item.name}: ${item.passed} ${item.detail}`)).toEqual(
        result.items.map((item) => expect.stringContaining(`${item.name}: true`)),
      );
      expect(result.passed).toBe(true);
    }
    expect(attackNames.length).toBeGreaterThanOrEqual(5);
  });

  it('catches an inverted sign', () => {
    const result = selfCheck({ attacks: [faulty((scores) => scores.map((score) => -score))] });
    expect(result.passed).toBe(false);
    expect(failed(result)).toEqual(['memorizing toy']);
  });

  it("catches cuts that are fitted on the target's own labels", () => {
    const result = selfCheck({ evaluate: (attack, target) => evaluateAttack(attack, target, [target]) });
    expect(result.passed).toBe(false);
    expect(failed(result)).toEqual(['shuffled membership']);
  });

  it('catches a score that leaks the row', () => {
    const result = selfCheck({
      attacks: [faulty((scores) => scores.map((score, row) => score + row * 1e-12))],
    });
    expect(result.passed).toBe(false);
    expect(failed(result)).toEqual(['record order']);
  });

  it('catches ties that are broken by the order of the records', () => {
    const result = selfCheck({
      evaluate: (attack, target, shadows) =>
        evaluateAttack(
          { ...attack, score: (signals) => attack.score(signals).map((score, row) => score + row * 1e-12) },
          target,
          shadows,
        ),
    });
    expect(failed(result)).toEqual(['record order']);
  });

  it('catches a score that differs from call to call', () => {
    let calls = 0;
    const result = selfCheck({
      attacks: [faulty((scores) => scores.map((score) => score + ++calls * 1e-9))],
    });
    expect(failed(result)).toContain('repetition');
  });
});
