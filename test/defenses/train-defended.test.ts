import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { trainDefended, type DefendedTask } from '../../src/defenses/train-defended';
import { lossMethod } from '../../src/training/method';
import { loss } from '../../src/losses/registry';
import { train } from '../../src/training/train';
import { smallTask } from '../training/small-task';

async function defended(changes: Partial<DefendedTask> = {}): Promise<DefendedTask> {
  const { network, ...rest } = await smallTask();
  return { ...rest, model: network.spec, defense: defense('ce'), ...changes };
}

describe('trainDefended', () => {
  it('with a loss gives the very bits of plain training', async () => {
    const { state } = await trainDefended(await defended({ defense: defense('ccel', { alpha: 0.3 }) }));
    const plain = await train(await smallTask({ method: lossMethod(loss('ccel', { alpha: 0.3 })) }));
    expect(state.parameters).toEqual(plain.parameters);
  });

  it('with dropout changes the network', async () => {
    const { network, state } = await trainDefended(await defended({ defense: defense('dropout') }));
    expect(network.spec.options).toMatchObject({ dropout: 0.5 });
    const plain = await train(await smallTask());
    expect(state.parameters).not.toEqual(plain.parameters);
  });
});
