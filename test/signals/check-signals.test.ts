import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { checkSignals } from '../../src/signals/check-signals';
import type { ModelSignals } from '../../src/signals/signal-set';

const good: ModelSignals = {
  n: 3,
  classes: 2,
  logits: Float32Array.of(1, 2, 3, 4, 5, 6),
  labels: Int32Array.of(0, 1, 0),
  members: Uint8Array.of(1, 0, 1),
};

describe('checkSignals', () => {
  it('accepts good signals', () => {
    expect(() => checkSignals(good)).not.toThrow();
    expect(() => checkSignals({ ...good, logits: Float64Array.from(good.logits) })).not.toThrow();
  });

  const bad: readonly [string, Partial<ModelSignals>, string][] = [
    ['too few records', { n: 1 }, 'n is 1, but must be an integer of at least 2'],
    ['one class', { classes: 1 }, 'classes is 1'],
    [
      'short logits',
      { logits: new Float32Array(5) },
      'logits.length is 5, but must be n x classes = 3 x 2 = 6',
    ],
    ['short labels', { labels: new Int32Array(2) }, 'labels.length is 2, but must be n = 3'],
    ['long members', { members: Uint8Array.of(1, 0, 1, 0) }, 'members.length is 4, but must be n = 3'],
    ['a NaN logit', { logits: Float64Array.of(1, 2, 3, NaN, 5, 6) }, 'logits[3] (record 1, class 1) is NaN'],
    [
      'an infinite logit',
      { logits: Float32Array.of(1, 2, 3, 4, -Infinity, 6) },
      'logits[4] (record 2, class 0)',
    ],
    [
      'a label beyond the classes',
      { labels: Int32Array.of(0, 2, 0) },
      'labels[1] is 2, but must be an integer in 0 .. 1',
    ],
    ['a negative label', { labels: Int32Array.of(0, 1, -1) }, 'labels[2] is -1'],
    ['a membership of 2', { members: Uint8Array.of(1, 0, 2) }, 'members[2] is 2'],
    ['no member', { members: new Uint8Array(3) }, 'both members and non-members are needed'],
    ['no non-member', { members: Uint8Array.of(1, 1, 1) }, 'both members and non-members are needed'],
  ];
  for (const [what, change, message] of bad) {
    it(`refuses ${what}`, () => {
      const check = (): void => checkSignals({ ...good, ...change });
      expect(check).toThrow(UserError);
      expect(check).toThrow(message);
    });
  }
});
