import { describe, expect, it } from 'vitest';
import { Interrupted, UserError } from '../../../src/errors';
import { blockFromData } from '../../../src/experiments/block';
import { BlocksFailed, Work } from '../../../src/experiments/executors/executor';
import type { PlannedBlock } from '../../../src/experiments/plan';
import { madeSpec } from '../made-block';

const block = (id: string, ...needs: readonly string[]): PlannedBlock => ({
  ...blockFromData(madeSpec(0)),
  id,
  title: id,
  needs,
});

describe('Work', () => {
  it('hands out blocks in order, each after those that it needs', () => {
    const work = new Work([block('a'), block('b', 'a'), block('c')]);
    const first = work.take()!;
    expect([first.id, work.take()?.id, work.take()]).toEqual(['a', 'c', undefined]);
    work.finish(first, 0);
    expect([work.take()?.id, work.take()]).toEqual(['b', undefined]);
  });

  it('keeps blocks that somebody else trains for the end', () => {
    const work = new Work([block('a'), block('b'), block('c')], {}, ({ id }) => id !== 'b');
    expect([work.take(), work.take(), work.take()].map((one) => one?.id)).toEqual(['b', 'a', 'c']);
  });

  it('gives up what needs a failed block, directly or not, and nothing else', () => {
    const work = new Work([block('a'), block('b', 'a'), block('c', 'b'), block('d')]);
    work.fail(work.take()!, 0, new Error('diverged'));
    expect([work.take()?.id, work.take()]).toEqual(['d', undefined]);
    expect(() => work.settle()).toThrow(
      /One block could not be trained\. 2 more need them.*\na \(a\): diverged/,
    );
    expect(() => work.settle()).toThrow(BlocksFailed);
  });

  it.each([new UserError('The disk is full.'), new Interrupted('Interrupted.'), 'no error'])(
    'ends with what is no matter of one block, and calls it nobody’s failure: %s',
    (error) => {
      const failed: string[] = [];
      const work = new Work([block('a'), block('b')], { onFail: ({ id }) => failed.push(id) });
      work.fail(work.take()!, 0, error);
      expect(work.take()).toBeUndefined();
      expect(failed).toEqual([]);
      let thrown: unknown;
      try {
        work.settle();
      } catch (what) {
        thrown = what;
      }
      expect(thrown).toBe(error);
    },
  );

  it('ends with an error of whoever listens', () => {
    const error = new Error('the listener broke');
    const work = new Work([block('a'), block('b')], {
      onFinish() {
        throw error;
      },
    });
    work.finish(work.take()!, 0);
    expect(work.take()).toBeUndefined();
    expect(() => work.settle()).toThrow(error);
  });

  it('is interrupted, whatever else happened, when its signal was aborted', () => {
    const work = new Work([block('a')]);
    work.fail(work.take()!, 0, new Error('diverged'));
    expect(() => work.settle(AbortSignal.abort())).toThrow(Interrupted);
  });
});
