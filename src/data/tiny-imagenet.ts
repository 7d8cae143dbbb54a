import { classFolders, classFolderZip } from './class-folders';
import type { DatasetDefinition } from './dataset-definition';
import { imagenetNormalization } from './imagenet';

/** TinyImageNet: 100,000 training and 10,000 validation pictures of 64 x 64 pixels in colour, 200 classes of ImageNet. */
export const tinyImagenet: DatasetDefinition = {
  facts: {
    name: 'tiny-imagenet',
    title: 'TinyImageNet',
    records: 110_000,
    features: 64 * 64 * 3,
    classes: 200,
    officialTrain: 100_000,
    image: { height: 64, width: 64, channels: 3, normalization: imagenetNormalization },
    files: [
      {
        name: 'tiny-imagenet-200.zip',
        urls: ['http://cs231n.stanford.edu/tiny-imagenet-200.zip'],
        bytes: 248_100_043,
        md5: '90528d7ca1a48142e341f4ef8d21d0de',
      },
    ],
    homepage: 'http://cs231n.stanford.edu/',
    source: 'pictures of ImageNet, prepared for the course CS231n at Stanford',
    license: "none stated; ImageNet's terms (research and teaching, no commerce) hold for the pictures",
    citation: 'Y. Le, X. Yang: Tiny ImageNet visual recognition challenge. CS231n, Stanford 2015',
    notes: [
      'Train and val are read; the pictures of test/ have no labels.',
      'Pixels are normalized with mean and deviation of ImageNet when they are batched, as in the official code.',
      'The checksum is the one that is pinned by libraries; the publisher states none.',
    ],
  },
  folders: ['tiny-imagenet', 'tiny-imagenet-200', 'tiny-imagenet/tiny-imagenet-200'],
  size: 'fixed',
  revision: 1,
  layouts: [
    classFolders([['train/'], ['val/']], { size: 64 }),
    classFolderZip('tiny-imagenet-200.zip', { size: 64 }),
  ],
};
