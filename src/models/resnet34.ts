import { resnet, resnetParameters, type ResnetOptions } from './resnet';
import type { Network } from './network';

/** ResNet-34 in the shape of torchvision, which the paper trains on CIFAR-10. */
export const resnet34 = {
  title: 'ResNet-34 (torchvision)',
  source: 'He et al., CVPR 2016; torchvision.models.resnet34; CIFAR-10 in the official code',
  note: 'Whole trainings want a GPU: an epoch of 50,000 images of 32x32 takes about 3 minutes on one CPU core.',
  parameters: resnetParameters,
  revision: 1,
  create(options: ResnetOptions): Network {
    const shape = {
      name: 'resnet34',
      block: 'basic',
      blocks: [3, 4, 6, 3],
      channels: [64, 128, 256, 512],
      stem: 'imagenet',
    } as const;
    return resnet(shape, options, this.revision);
  },
} as const;
