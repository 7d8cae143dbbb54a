import { describe, expect, it } from 'vitest';
import type { PlannedBlock } from '../../src/experiments/plan';
import { ReadyQueue } from '../../src/experiments/ready-queue';
import { madeSpec } from './made-block';

const block = (id: string, ...needs: readonly string[]): PlannedBlock => ({
  id,
  spec: madeSpec(0),
  title: id,
  needs,
});

describe('ReadyQueue', () => {
  it('hands out blocks in order, each after those that it needs', async () => {
    const queue = new ReadyQueue([block('a'), block('b', 'a'), block('c')]);
    const first = await queue.next();
    expect([first?.id, (await queue.next())?.id]).toEqual(['a', 'c']);
    const waiting = queue.next();
    queue.finish(first!);
    expect((await waiting)?.id).toBe('b');
    expect(await queue.next()).toBeUndefined();
  });

  it('keeps blocks that somebody else trains for the end', async () => {
    const queue = new ReadyQueue([block('a'), block('b'), block('c')], ({ id }) => id !== 'b');
    const order = [await queue.next(), await queue.next(), await queue.next()];
    expect(order.map((one) => one?.id)).toEqual(['b', 'a', 'c']);
  });
});
