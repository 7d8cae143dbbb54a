import type { z } from 'zod';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { conv } from './layers/conv';
import { globalAveragePool } from './layers/pooling';
import type { Layer } from './layers/layer';
import { norm as normLayer } from './layers/norm';
import { relu } from './layers/activations';
import { residual } from './layers/composition';
import * as option from './model-options';
import type { Network } from './network';
import { NetworkBuilder } from './network-builder';

const parameters = option.withNorm('he-out');

/** A wide residual network: depth 6 n + 4, three stages of n blocks with 16, 32 and 64 channels times `width`. */
function wideResnet(depth: number, width: number) {
  const name = `wideresnet-${depth}-${width}`;
  return {
    title: `WideResNet-${depth}-${width}`,
    source:
      'Zagoruyko and Komodakis, BMVC 2016; names of xternalz/WideResNet-pytorch, which LiRA in PyTorch and others use',
    note: 'Whole trainings want a GPU: an epoch of 50,000 images of 32x32 takes about 8 minutes on one CPU core.',
    parameters,
    revision: 1,
    create(options: z.output<typeof parameters>): Network {
      const builder = new NetworkBuilder(options.initializer);
      const norm = normLayer(options.norm);
      const chain = new Chain(options.input).then((s) =>
        conv(builder, 'conv1', s, { out: 16, size: 3, pad: 1 }),
      );
      [16, 32, 64].forEach((channels, stage) => {
        for (let block = 0; block < (depth - 4) / 6; block++) {
          const stride = stage > 0 && block === 0 ? 2 : 1;
          const blockName = `block${stage + 1}.layer.${block}`;
          chain.then((s) => wideBlock(builder, blockName, s, { channels: channels * width, stride, norm }));
        }
      });
      chain
        .then((s) => norm(builder, 'bn1', s))
        .then(relu)
        .then(globalAveragePool)
        .then((s) => option.outputLayer(builder, 'fc', s[0], options));
      const frame = { spec: { name, options }, inputShape: options.input, classes: options.classes };
      return layeredNetwork({ ...frame, revision: this.revision }, builder, chain.end());
    },
  } as const;
}

/** Norm and ReLU stand before each convolution; where the shape changes, the shortcut starts behind the first ones. */
function wideBlock(
  builder: NetworkBuilder,
  name: string,
  shape: readonly number[],
  { channels, stride, norm }: { channels: number; stride: number; norm: ReturnType<typeof normLayer> },
): Layer {
  const changes = shape[2] !== channels;
  const head = new Chain(shape).then((s) => norm(builder, `${name}.bn1`, s)).then(relu);
  const body = new Chain(shape);
  if (!changes) body.then(() => head.end());
  body
    .then((s) => conv(builder, `${name}.conv1`, s, { out: channels, size: 3, stride, pad: 1 }))
    .then((s) => norm(builder, `${name}.bn2`, s))
    .then(relu)
    .then((s) => conv(builder, `${name}.conv2`, s, { out: channels, size: 3, pad: 1 }));
  if (!changes) return residual(body.end());
  const shortcut = conv(builder, `${name}.convShortcut`, shape, { out: channels, size: 1, stride });
  return head.then(() => residual(body.end(), shortcut)).end();
}

/** WideResNet-16-4, the usual network of differentially private training on CIFAR-10 (there with group norm). */
export const wideResnet16x4 = wideResnet(16, 4);

/** WideResNet-28-2. */
export const wideResnet28x2 = wideResnet(28, 2);
