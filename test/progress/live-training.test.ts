import { afterEach, describe, expect, it } from 'vitest';
import { kernelHookKey } from '../../src/platform/kernel/kernel-hook';
import {
  liveTraining,
  type StepProgress,
  progressPicture,
  ticks,
} from '../../src/platform/progress/live-training';

interface Shown {
  readonly 'text/plain': string;
  readonly 'image/svg+xml': string;
}

function notebook(): { shown: Shown[]; interrupt(): void } {
  const controller = new AbortController();
  const shown: Shown[] = [];
  const display = (first: Shown): { id: string; update(next: Shown): void } => {
    shown.push(first);
    return { id: '1', update: (next) => void shown.push(next) };
  };
  const hook = { signal: controller.signal, display };
  Object.defineProperty(globalThis, kernelHookKey, { value: hook, configurable: true });
  return { shown, interrupt: () => controller.abort() };
}

afterEach(() => Reflect.deleteProperty(globalThis, kernelHookKey));

function* steps(epochs: number, perEpoch: number): Generator<StepProgress> {
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let step = 1; step <= perEpoch; step++) {
      yield { epoch, epochs, step, steps: perEpoch, loss: 4 / epoch + (step === 1 ? 0.5 : -0.5) };
    }
  }
}

describe('a training in a cell', () => {
  it('ends with a picture of all epochs, the mean loss of each, and no times', () => {
    const { shown } = notebook();
    const { onProgress } = liveTraining('CE');
    for (const step of steps(4, 2)) onProgress(step);
    // A whole training in no time is drawn at its start and its end, not at every step.
    expect(shown.length).toBeLessThanOrEqual(4);
    const last = shown.at(-1)!;
    expect(last['text/plain']).toBe('CE: 4 of 4 epochs, loss 1');
    expect(last['image/svg+xml'].match(/points="([^"]*)"/)![1]!.split(' ')).toHaveLength(4);
  });

  it('says how long it will take, as the trainer knows it', () => {
    const { shown } = notebook();
    const { onProgress } = liveTraining('CE');
    onProgress({ epoch: 1, epochs: 9, step: 1, steps: 2, loss: 1.25, secondsLeft: 75 });
    expect(shown.at(-1)!['text/plain']).toBe('CE: epoch 1 of 9, loss 1.25, 1 min 15 s left');
  });

  it('names the model where a defense trains several, and is over with the last', () => {
    const { shown } = notebook();
    const { onProgress } = liveTraining('PATE');
    const step = { epoch: 2, epochs: 2, step: 1, steps: 1, loss: 1, secondsLeft: 0 };
    onProgress({ ...step, stage: { name: 'teacher 1', number: 1, of: 2 } });
    expect(shown.at(-1)!['text/plain']).toBe(
      'PATE: teacher 1 (1 of 2), epoch 2 of 2, loss 1, 0 s left for this model',
    );
    onProgress({ ...step, stage: { name: 'released model', number: 2, of: 2 } });
    expect(shown.at(-1)!['text/plain']).toBe('PATE: 2 of 2 epochs, loss 1');
  });

  it('hears an interrupt, and stays with what it says then', () => {
    const { shown, interrupt } = notebook();
    const { onProgress, signal } = liveTraining('CE');
    const [first, second] = [...steps(3, 1)];
    onProgress(first!);
    interrupt();
    onProgress(second!);
    expect(signal!.aborted).toBe(true);
    expect(shown.at(-1)!['text/plain']).toBe('CE: interrupted, epoch 1 of 3, loss 4.5');
  });

  it('is silent outside a notebook, and refuses a title that is no text', () => {
    const { onProgress, signal } = liveTraining();
    onProgress([...steps(1, 1)][0]!);
    expect(signal).toBeUndefined();
    expect(() => liveTraining(3 as never)).toThrow(/liveTraining: title is 3, but must be a text/);
  });
});

describe('the picture', () => {
  it('escapes its text and passes over losses that are no numbers', () => {
    const losses = [
      { epoch: 1, loss: 2 },
      { epoch: 2, loss: Number.NaN },
      { epoch: 3, loss: Number.POSITIVE_INFINITY },
    ];
    const svg = progressPicture({ text: '<b>&"', share: 3, over: 'stopped', losses, epochs: 3 });
    expect(svg).toContain('&lt;b&gt;&amp;&quot;');
    expect(svg).not.toMatch(/NaN|Infinity|<b>/);
    expect(svg.match(/points="([^"]*)"/)![1]!.split(' ')).toHaveLength(1);
    expect(progressPicture({ text: '', share: 0, over: undefined, losses: [], epochs: 1 })).not.toMatch(
      /NaN/,
    );
  });

  it('fits a long line into its width, so that the time left can be read', () => {
    const picture = (text: string) => progressPicture({ text, share: 0.5, over: undefined });
    expect(picture('epoch 3 of 40')).not.toContain('textLength');
    expect(picture(`${'x'.repeat(100)}; 2 min left`)).toContain('textLength="620"');
  });

  it('has round numbers on its axes', () => {
    expect(ticks(0, 40)).toEqual([0, 10, 20, 30, 40]);
    expect(ticks(0.13, 0.58)).toEqual([0.2, 0.3, 0.4, 0.5]);
    expect(ticks(-3, 1)).toEqual([-3, -2, -1, 0, 1]);
  });
});
