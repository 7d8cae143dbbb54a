import { resnet, resnetParameters, type ResnetOptions } from './resnet';
import type { Network } from './network';

/** ResNet-20 in the shape for CIFAR: 3x3 stem, three stages of 16, 32 and 64 channels; 1x1 convolutions where the shape changes (the original pads with zeros instead: 2,752 parameters less). */
export const resnet20 = {
  title: 'ResNet-20 (CIFAR)',
  source:
    'He et al., CVPR 2016, section 4.2, with 1x1 shortcuts as RelaxLoss (source/cifar/models/resnet.py)',
  note: '',
  parameters: resnetParameters,
  revision: 1,
  create(options: ResnetOptions): Network {
    const shape = {
      name: 'resnet20',
      block: 'basic',
      blocks: [3, 3, 3],
      channels: [16, 32, 64],
      stem: 'cifar',
    } as const;
    return resnet(shape, options, this.revision);
  },
} as const;
