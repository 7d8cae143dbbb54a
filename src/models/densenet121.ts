import type { z } from 'zod';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { averagePool, globalAveragePool, maxPool } from './layers/pooling';
import { concat } from './layers/composition';
import { conv } from './layers/conv';
import type { Layer } from './layers/layer';
import { norm as normLayer } from './layers/norm';
import { relu } from './layers/activations';
import * as option from './model-options';
import type { Network } from './network';
import { NetworkBuilder } from './network-builder';

const growth = 32;
const bottleneck = 4 * growth;
const blocks = [6, 12, 24, 16];

const parameters = option.withNorm('he-in');

/** DenseNet-121 in the shape of torchvision, which the paper trains on CIFAR-100, TinyImageNet and ImageNet. */
export const densenet121 = {
  title: 'DenseNet-121 (torchvision)',
  source: 'Huang et al., CVPR 2017; torchvision.models.densenet121',
  note: 'Whole trainings need a GPU: an epoch of 50,000 images of 32x32 takes about 4 minutes on one CPU core.',
  parameters,
  revision: 1,
  create(options: z.output<typeof parameters>): Network {
    const builder = new NetworkBuilder(options.initializer);
    const norm = normLayer(options.norm);
    const chain = new Chain(options.input)
      .then((s) => conv(builder, 'features.conv0', s, { out: 64, size: 7, stride: 2, pad: 3 }))
      .then((s) => norm(builder, 'features.norm0', s))
      .then(relu)
      .then((s) => maxPool(s, { size: 3, stride: 2, pad: 1 }));
    blocks.forEach((layers, block) => {
      for (let layer = 1; layer <= layers; layer++) {
        const name = `features.denseblock${block + 1}.denselayer${layer}`;
        chain.then((s) => concat(s, denseLayer(builder, name, s, norm)));
      }
      if (block < blocks.length - 1) transition(builder, `features.transition${block + 1}`, chain, norm);
    });
    chain
      .then((s) => norm(builder, 'features.norm5', s))
      .then(relu)
      .then(globalAveragePool)
      .then((s) => option.outputLayer(builder, 'classifier', s[0], options));
    const frame = {
      spec: { name: 'densenet121', options },
      inputShape: options.input,
      classes: options.classes,
    };
    return layeredNetwork({ ...frame, revision: this.revision }, builder, chain.end());
  },
} as const;

type Norm = ReturnType<typeof normLayer>;

/** Norm, ReLU and 1x1 convolution to 128 channels, then norm, ReLU and 3x3 convolution to the 32 new ones. */
function denseLayer(builder: NetworkBuilder, name: string, shape: readonly number[], norm: Norm): Layer {
  return new Chain(shape)
    .then((s) => norm(builder, `${name}.norm1`, s))
    .then(relu)
    .then((s) => conv(builder, `${name}.conv1`, s, { out: bottleneck, size: 1 }))
    .then((s) => norm(builder, `${name}.norm2`, s))
    .then(relu)
    .then((s) => conv(builder, `${name}.conv2`, s, { out: growth, size: 3, pad: 1 }))
    .end();
}

/** Halves channels and image. */
function transition(builder: NetworkBuilder, name: string, chain: Chain, norm: Norm): void {
  chain
    .then((s) => norm(builder, `${name}.norm`, s))
    .then(relu)
    .then((s) => conv(builder, `${name}.conv`, s, { out: s[2] / 2, size: 1 }))
    .then((s) => averagePool(s, { size: 2, stride: 2 }));
}
