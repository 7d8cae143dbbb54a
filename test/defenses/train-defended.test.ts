import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { loss } from '../../src/losses/registry';
import { train } from '../../src/training/train';
import { smallTask, stateOf } from '../training/small-task';

describe('train', () => {
  it('with a loss by name gives the very bits of the loss as an object', async () => {
    const { state } = await train(await smallTask({ defense: defense('ccel', { alpha: 0.3 }) }));
    const plain = await stateOf(await smallTask({ loss: loss('ccel', { alpha: 0.3 }) }));
    expect(state.parameters).toEqual(plain.parameters);
  });

  it('with dropout changes the network', async () => {
    const { network, state } = await train(await smallTask({ defense: defense('dropout') }));
    expect(network.spec.options).toMatchObject({ dropout: 0.5 });
    const plain = await stateOf(await smallTask());
    expect(state.parameters).not.toEqual(plain.parameters);
  });
});
