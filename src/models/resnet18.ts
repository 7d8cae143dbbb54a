import { resnet, resnetParameters, type ResnetOptions } from './resnet';
import type { Network } from './network';

/** ResNet-18 in the shape of torchvision: 7x7 stem with stride 2 and max-pool, also on 32x32 images, as the official code has it. */
export const resnet18 = {
  title: 'ResNet-18 (torchvision)',
  source: 'He et al., CVPR 2016; torchvision.models.resnet18',
  note: '',
  parameters: resnetParameters,
  revision: 1,
  create(options: ResnetOptions): Network {
    const shape = {
      name: 'resnet18',
      block: 'basic',
      blocks: [2, 2, 2, 2],
      channels: [64, 128, 256, 512],
      stem: 'imagenet',
    } as const;
    return resnet(shape, options, this.revision);
  },
} as const;
