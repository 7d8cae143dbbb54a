import { z } from 'zod';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { adaptiveAveragePool, maxPool } from './layers/pooling';
import { conv } from './layers/conv';
import { dense } from './layers/dense';
import { dropout } from './layers/dropout';
import { flatten } from './layers/composition';
import { norm as normLayer } from './layers/norm';
import { relu } from './layers/activations';
import * as option from './model-options';
import type { Network } from './network';
import { NetworkBuilder } from './network-builder';

/** Channels of the convolutions; «pool» halves the image. */
const features = [64, 'pool', 128, 'pool', 256, 256, 'pool', 512, 512, 'pool', 512, 512, 'pool'] as const;

const parameters = z
  .object({
    input: option.input,
    classes: option.classes,
    /** One dense layer on what the convolutions give (as peers have it for CIFAR), or torchvision's three. */
    classifier: z.enum(['linear', 'torchvision']).default('linear'),
    norm: option.norm,
    dropout: option.dropout,
    initializer: option.initializer('he-out'),
  })
  .strict();

/**
 * VGG-11 with batch norm. The default classifier is RelaxLoss's for CIFAR, one dense layer on 512 values; torchvision's
 * vgg11_bn (average pool to 7x7, 4096, 4096, each with dropout 0.5) has 119.6 million parameters more.
 */
export const vgg11 = {
  title: 'VGG-11 with batch norm',
  source:
    'Simonyan and Zisserman, ICLR 2015, configuration A; RelaxLoss (source/cifar/models/vgg.py, vgg11_bn); torchvision.models.vgg11_bn',
  note: 'Whole trainings want a GPU: an epoch of 50,000 images of 32x32 takes about 4 minutes on one CPU core.',
  parameters,
  revision: 1,
  create(options: z.output<typeof parameters>): Network {
    const builder = new NetworkBuilder(options.initializer);
    const norm = normLayer(options.norm);
    const chain = new Chain(options.input);
    // PyTorch numbers the entries of its Sequential, ReLU and pools included.
    let entry = 0;
    for (const part of features) {
      if (part === 'pool') {
        chain.then((s) => maxPool(s, { size: 2, stride: 2 }));
        entry += 1;
        continue;
      }
      chain
        .then((s) => conv(builder, `features.${entry}`, s, { out: part, size: 3, pad: 1, bias: true }))
        .then((s) => norm(builder, `features.${entry + 1}`, s))
        .then(relu);
      entry += 3;
    }
    if (options.classifier === 'torchvision') torchvisionClassifier(builder, chain, options);
    else chain.then(flatten).then((s) => option.outputLayer(builder, 'classifier', s[0], options));
    const frame = { spec: { name: 'vgg11', options }, inputShape: options.input, classes: options.classes };
    return layeredNetwork({ ...frame, revision: this.revision }, builder, chain.end());
  },
} as const;

function torchvisionClassifier(
  builder: NetworkBuilder,
  chain: Chain,
  options: { readonly classes: number; readonly dropout: number },
): void {
  chain.then((s) => adaptiveAveragePool(s, 7)).then(flatten);
  for (const entry of [0, 3]) {
    chain
      .then((s) => dense(builder, `classifier.${entry}`, s[0], 4096))
      .then(relu)
      .then((s) => dropout(builder, s, 0.5));
  }
  chain.then((s) => option.outputLayer(builder, 'classifier.6', s[0], options));
}
