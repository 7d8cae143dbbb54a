import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { NewestOnly } from '../../src/platform/live/live-widgets';

it('works for the newest value, one at a time, and never for one that was overtaken', async () => {
  const done: number[] = [];
  let atOnce = 0;
  let most = 0;
  let finish: () => void = () => undefined;
  const last = new Promise<void>((resolve) => (finish = resolve));
  const redraw = new NewestOnly<number>(async (value) => {
    most = Math.max(most, ++atOnce);
    if (done.length === 0) for (const each of [10, 11, 12]) redraw.ask(each);
    await sleep(5);
    done.push(value);
    atOnce--;
    if (value === 12) finish();
  });
  for (const value of [1, 2, 3]) redraw.ask(value);
  await last;
  expect(done).toEqual([3, 12]);
  expect(most).toBe(1);
  // After a rest it goes on.
  await sleep(60);
  redraw.ask(12);
  await sleep(60);
  expect(done).toEqual([3, 12, 12]);
});
