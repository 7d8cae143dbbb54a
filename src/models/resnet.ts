import type { z } from 'zod';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { conv } from './layers/conv';
import { globalAveragePool } from './layers/global-average-pool';
import type { Layer } from './layers/layer';
import { maxPool } from './layers/max-pool';
import { norm as normLayer } from './layers/norm';
import { relu } from './layers/relu';
import { residual } from './layers/residual';
import * as option from './model-options';
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
