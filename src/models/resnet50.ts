import { resnet, resnetParameters, type ResnetOptions } from './resnet';
import type { Network } from './network';

/** ResNet-50 in the shape of torchvision: bottlenecks with the stride in the 3x3 convolution. */
export const resnet50 = {
  title: 'ResNet-50 (torchvision)',
  source: 'He et al., CVPR 2016; torchvision.models.resnet50',
  note: 'Whole trainings want a GPU: an epoch of 50,000 images of 32x32 takes about 4 minutes on one CPU core.',
  parameters: resnetParameters,
  revision: 1,
  create(options: ResnetOptions): Network {
    const shape = {
      name: 'resnet50',
      block: 'bottleneck',
      blocks: [3, 4, 6, 3],
      channels: [64, 128, 256, 512],
      stem: 'imagenet',
    } as const;
    return resnet(shape, options, this.revision);
  },
} as const;
