import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { epsilonBySplitSample } from '../../src/metrics/epsilon-many-models';
import { epsilonOfOneRun } from '../../src/metrics/epsilon-one-run';
import { DRAWS } from './coverage';
import { randomizedResponse } from './randomized-response';

it('bounds of epsilon stay below that of randomized response', async () => {
  for (const epsilon of [0.3, 1, 3]) {
    let [oneRun, fDp, split, many] = [0, 0, 0, 0];
    for (let draw = 0; draw < DRAWS; draw++) {
      if (draw % 50 === 0) await setImmediate();
      const { scores, members } = randomizedResponse(draw, 500, epsilon);
      const audit = { delta: 0, randomizedMembership: true };
      const fixed = epsilonOfOneRun(scores, members, {
        ...audit,
        guesses: { members: 250, nonMembers: 250 },
      });
      if (fixed.oneRun.epsilon! > epsilon) oneRun++;
      if (fixed.fDp.epsilon! > epsilon) fDp++;
      if (epsilonOfOneRun(scores, members, audit).oneRun.epsilon! > epsilon) split++;
      if (epsilonBySplitSample(scores, members, 0).epsilon! > epsilon) many++;
    }
    const shares = [oneRun, fDp, split, many].map((above) => 1 - above / DRAWS);
    console.log(`epsilon ${epsilon}: one run, f-DP, split one run, many models hold in ${shares.join(', ')}`);
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.94);
  }
}, 300_000);
