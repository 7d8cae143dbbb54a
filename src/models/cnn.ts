import { z } from 'zod';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { conv } from './layers/conv';
import { dense } from './layers/dense';
import { flatten } from './layers/composition';
import { maxPool } from './layers/pooling';
import { relu } from './layers/activations';
import * as option from './model-options';
import type { Network } from './network';
import { NetworkBuilder } from './network-builder';

const parameters = z
  .object({
    input: option.input,
    classes: option.classes,
    /** Channels of the 3x3 convolutions, each followed by ReLU and a 2x2 max-pool. */
    channels: z.array(option.count).nonempty().default([32, 64]),
    /** Width of the hidden dense layer. */
    hidden: option.count.default(128),
    dropout: option.dropout,
    initializer: option.initializer('pytorch'),
  })
  .strict();

/**
 * A small convolutional network without normalization: nn.Sequential `features` (3x3 convolution, ReLU, max-pool, twice),
 * flatten, nn.Sequential `classifier` (dense, ReLU, dense).
 */
export const cnn = {
  title: 'Small CNN',
  source: 'this laboratory, for quick runs; two 3x3 convolutions and two dense layers',
  note: '',
  parameters,
  revision: 1,
  create(options: z.output<typeof parameters>): Network {
    const builder = new NetworkBuilder(options.initializer);
    const chain = new Chain(options.input);
    options.channels.forEach((out, i) => {
      chain
        .then((s) => conv(builder, `features.${3 * i}`, s, { out, size: 3, pad: 1, bias: true }))
        // The largest of a window before or after ReLU is the same, and so is the gradient; here ReLU has a quarter to do.
        .then((s) => maxPool(s, { size: 2, stride: 2 }))
        .then(relu);
    });
    chain
      .then(flatten)
      .then((s) => dense(builder, 'classifier.0', s[0], options.hidden))
      .then(relu)
      .then((s) => option.outputLayer(builder, 'classifier.2', s[0], options));
    const frame = { spec: { name: 'cnn', options }, inputShape: options.input, classes: options.classes };
    return layeredNetwork({ ...frame, revision: this.revision }, builder, chain.end());
  },
} as const;
