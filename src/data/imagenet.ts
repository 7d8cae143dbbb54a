import { createHash } from 'node:crypto';
import { classFolders, classFolderZip } from './class-folders';
import type { DatasetDefinition } from './dataset';

/** Mean and standard deviation of ImageNet's training pixels in [0, 1], as torchvision documents them. */
export const imagenetNormalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

export interface ImageNetOptions {
  /** Height and width of the records, 8 .. 512, default 224; the shorter side is scaled to 256/224 of it first. */
  readonly size?: number;
  /** At most so many pictures of a class in each part, the first by name; default all. */
  readonly perClass?: number;
  /** Only these class folders, in this order (WordNet ids such as n01440764); default all, sorted. */
  readonly classNames?: readonly string[];
}

/** ImageNet (ILSVRC 2012): 1,281,167 training and 50,000 validation pictures, 1,000 classes; or a part of it. */
export function imagenet(options: ImageNetOptions = {}): DatasetDefinition & { readonly variant: string } {
  const { size = 224, perClass, classNames } = options;
  const pictures = { size, shorter: Math.round((size * 256) / 224), perClass, classNames };
  const train = ['train/', 'ILSVRC2012_img_train/', 'ILSVRC/Data/CLS-LOC/train/'];
  const val = ['val/', 'ILSVRC2012_img_val/'];
  const choice = JSON.stringify([perClass ?? null, classNames ?? null]);
  return {
    variant: `${size}-${createHash('sha256').update(choice).digest('hex').slice(0, 8)}`,
    facts: {
      name: 'imagenet',
      title: 'ImageNet',
      records: 1_331_167,
      features: size * size * 3,
      classes: classNames?.length ?? 1000,
      officialTrain: 1_281_167,
      image: { height: size, width: size, channels: 3, normalization: imagenetNormalization },
      files: [
        { name: 'ILSVRC2012_img_train.tar', urls: [], md5: '1d675b47d978889d74fa0da5fadfb00e' },
        { name: 'ILSVRC2012_img_val.tar', urls: [], md5: '29b22e2961454d5413ddabcf34fc5622' },
      ],
      homepage: 'https://image-net.org/download.php',
      source: 'pictures from the web, labeled for ILSVRC 2012',
      license: "ImageNet's terms of access: research and teaching, no commerce; registration needed",
      citation:
        'O. Russakovsky et al.: ImageNet large scale visual recognition challenge. IJCV 115(3), 2015. arXiv:1409.0575',
      notes: [
        'Extract both archives into class folders first: train/n01440764/*.JPEG and val/n01440764/*.JPEG (the val archive is flat: sort it with the ground truth of the development kit).',
        'All of it at 224 x 224 pixels would take 187 GiB of memory: take a part (perClass, classNames) or smaller pictures (size). Training at full size needs a GPU.',
        'Scaling, cutting and normalization are those of the official code without its flips.',
        'The checksums are those that torchvision pins.',
      ],
    },
    folders: ['imagenet', 'ImageNet', 'ILSVRC2012'],
    size: 'any',
    revision: 1,
    layouts: [
      classFolders([train, val], pictures),
      classFolders([train], pictures),
      classFolders([val], pictures),
    ],
  };
}

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
