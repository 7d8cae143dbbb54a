import { describe, expect, it } from 'vitest';
import type { SetAttack } from '../../src/attacks/attack';
import { auditAttacks, setAttack } from '../../src/attacks/set-registry';
import { setSelfCheck } from '../../src/attacks/set-self-check';

const failed = (attack: SetAttack): string[] =>
  setSelfCheck([attack])
    .items.filter(({ passed }) => !passed)
    .map(({ name }) => name);

describe('the self-check of attacks on sets', () => {
  it('passes for every attack that an audit runs', () => {
    const { items, passed } = setSelfCheck(auditAttacks());
    expect(items.filter((item) => !item.passed)).toEqual([]);
    expect(passed).toBe(true);
  });

  it('catches an inverted sign', () => {
    const lira = setAttack('lira');
    const inverted: SetAttack = {
      ...lira,
      scores: (set, context) => {
        const found = lira.scores(set, context);
        return { ...found, scores: found.scores.map((score) => -score) };
      },
    };
    expect(failed(inverted)).toEqual(['memorizing toy']);
  });

  it("catches a score that was fitted on the target's membership", () => {
    const loss = setAttack('loss');
    const cheat: SetAttack = {
      ...loss,
      scores: (set, context) => {
        const { scores } = loss.scores(set, context);
        return { scores: scores.map((score, i) => score + set.members[set.target][i]), notes: [] };
      },
    };
    expect(failed(cheat)).toEqual(['shuffled membership']);
  });

  it('catches a score that leans on the order of the records', () => {
    const loss = setAttack('loss');
    const leaning: SetAttack = {
      ...loss,
      scores: (set, context) => {
        const { scores } = loss.scores(set, context);
        return { scores: scores.map((score, i) => score + 1e-6 * i), notes: [] };
      },
    };
    expect(failed(leaning)).toEqual(['record order']);
  });
});
