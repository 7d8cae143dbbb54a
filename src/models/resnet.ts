import * as option from './model-options';
import type { z } from 'zod';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { conv } from './layers/conv';
import { globalAveragePool, maxPool } from './layers/pooling';
import type { Layer } from './layers/layer';
import { norm as normLayer } from './layers/norm';
import { relu } from './layers/activations';
import { residual } from './layers/composition';
import type { Network } from './network';
import { NetworkBuilder } from './network-builder';

/** Options of the residual networks. */
export const resnetParameters = option.withNorm('he-out');

export type ResnetOptions = z.output<typeof resnetParameters>;

/** What tells one residual network from another. */
export interface ResnetShape {
  readonly name: string;
  /** Two 3x3 convolutions, or 1x1, 3x3 and 1x1 with four times the channels at the end. */
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of each stage; from the second stage on, the first block halves the image. */
  readonly blocks: readonly number[];
  /** Channels of each stage (within a bottleneck). */
  readonly channels: readonly number[];
  /** 7x7 with stride 2 and a max-pool, or 3x3. */
  readonly stem: 'imagenet' | 'cifar';
}

/** A residual network with PyTorch's names conv1, bn1, layer1.0.conv1, ..., layer2.0.downsample.0, ..., fc. */
export function resnet(shape: ResnetShape, options: ResnetOptions, revision: number): Network {
  const builder = new NetworkBuilder(options.initializer);
  const norm = normLayer(options.norm);
  const chain = new Chain(options.input);
  const isImagenet = shape.stem === 'imagenet';
  chain
    .then((s) =>
      conv(builder, 'conv1', s, {
        out: shape.channels[0],
        ...(isImagenet ? { size: 7, stride: 2, pad: 3 } : { size: 3, pad: 1 }),
      }),
    )
    .then((s) => norm(builder, 'bn1', s))
    .then(relu);
  if (isImagenet) chain.then((s) => maxPool(s, { size: 3, stride: 2, pad: 1 }));
  shape.blocks.forEach((blocks, stage) => {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const make = shape.block === 'basic' ? basicBlock : bottleneck;
      const name = `layer${stage + 1}.${block}`;
      chain.then((s) => make(builder, name, s, { channels: shape.channels[stage], stride, norm })).then(relu);
    }
  });
  chain.then(globalAveragePool).then((s) => option.outputLayer(builder, 'fc', s[0], options));
  const frame = {
    spec: { name: shape.name, options },
    inputShape: options.input,
    classes: options.classes,
    revision,
  };
  return layeredNetwork(frame, builder, chain.end());
}

interface BlockOptions {
  readonly channels: number;
  readonly stride: number;
  readonly norm: (builder: NetworkBuilder, name: string, shape: readonly number[]) => Layer;
}

function basicBlock(
  builder: NetworkBuilder,
  name: string,
  shape: readonly number[],
  { channels, stride, norm }: BlockOptions,
): Layer {
  const body = new Chain(shape)
    .then((s) => conv(builder, `${name}.conv1`, s, { out: channels, size: 3, stride, pad: 1 }))
    .then((s) => norm(builder, `${name}.bn1`, s))
    .then(relu)
    .then((s) => conv(builder, `${name}.conv2`, s, { out: channels, size: 3, pad: 1 }))
    .then((s) => norm(builder, `${name}.bn2`, s));
  return residual(body.end(), downsample(builder, name, shape, { channels, stride, norm }));
}

function bottleneck(
  builder: NetworkBuilder,
  name: string,
  shape: readonly number[],
  { channels, stride, norm }: BlockOptions,
): Layer {
  const body = new Chain(shape)
    .then((s) => conv(builder, `${name}.conv1`, s, { out: channels, size: 1 }))
    .then((s) => norm(builder, `${name}.bn1`, s))
    .then(relu)
    .then((s) => conv(builder, `${name}.conv2`, s, { out: channels, size: 3, stride, pad: 1 }))
    .then((s) => norm(builder, `${name}.bn2`, s))
    .then(relu)
    .then((s) => conv(builder, `${name}.conv3`, s, { out: 4 * channels, size: 1 }))
    .then((s) => norm(builder, `${name}.bn3`, s));
  return residual(body.end(), downsample(builder, name, shape, { channels: 4 * channels, stride, norm }));
}

/** The 1x1 convolution beside a block that changes the shape; none where it stays. */
function downsample(
  builder: NetworkBuilder,
  name: string,
  shape: readonly number[],
  { channels, stride, norm }: BlockOptions,
): Layer | undefined {
  if (stride === 1 && shape[2] === channels) return undefined;
  return new Chain(shape)
    .then((s) => conv(builder, `${name}.downsample.0`, s, { out: channels, size: 1, stride }))
    .then((s) => norm(builder, `${name}.downsample.1`, s))
    .end();
}

/** What a list of models says of one, and its shape. */
interface Variant {
  readonly title: string;
  readonly source: string;
  readonly note: string;
  readonly shape: ResnetShape;
}

function variant({ shape, ...facts }: Variant) {
  const revision = 1;
  return {
    ...facts,
    parameters: resnetParameters,
    revision,
    create: (options: ResnetOptions): Network => resnet(shape, options, revision),
  } as const;
}

const imagenetChannels = [64, 128, 256, 512];

/** ResNet-18 in the shape of torchvision: 7x7 stem with stride 2 and max-pool, also on 32x32 images, as the official code has it. */
export const resnet18 = variant({
  title: 'ResNet-18 (torchvision)',
  source: 'He et al., CVPR 2016; torchvision.models.resnet18',
  note: '',
  shape: {
    name: 'resnet18',
    block: 'basic',
    blocks: [2, 2, 2, 2],
    channels: imagenetChannels,
    stem: 'imagenet',
  },
});

/** ResNet-20 in the shape for CIFAR: 3x3 stem, three stages of 16, 32 and 64 channels; 1x1 convolutions where the shape changes (the original pads with zeros instead: 2,752 parameters less). */
export const resnet20 = variant({
  title: 'ResNet-20 (CIFAR)',
  source:
    'He et al., CVPR 2016, section 4.2, with 1x1 shortcuts as RelaxLoss (source/cifar/models/resnet.py)',
  note: '',
  shape: { name: 'resnet20', block: 'basic', blocks: [3, 3, 3], channels: [16, 32, 64], stem: 'cifar' },
});

/** ResNet-34 in the shape of torchvision, which the paper trains on CIFAR-10. */
export const resnet34 = variant({
  title: 'ResNet-34 (torchvision)',
  source: 'He et al., CVPR 2016; torchvision.models.resnet34; CIFAR-10 in the official code',
  note: 'Whole trainings want a GPU: an epoch of 50,000 images of 32x32 takes about 3 minutes on one CPU core.',
  shape: {
    name: 'resnet34',
    block: 'basic',
    blocks: [3, 4, 6, 3],
    channels: imagenetChannels,
    stem: 'imagenet',
  },
});

/** ResNet-50 in the shape of torchvision: bottlenecks with the stride in the 3x3 convolution. */
export const resnet50 = variant({
  title: 'ResNet-50 (torchvision)',
  source: 'He et al., CVPR 2016; torchvision.models.resnet50',
  note: 'Whole trainings want a GPU: an epoch of 50,000 images of 32x32 takes about 4 minutes on one CPU core.',
  shape: {
    name: 'resnet50',
    block: 'bottleneck',
    blocks: [3, 4, 6, 3],
    channels: imagenetChannels,
    stem: 'imagenet',
  },
});
