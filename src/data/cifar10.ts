import { cifarLayouts } from './cifar-layouts';
import { lossyCifar10 } from './cifar10-lossy-rows';
import type { DatasetDefinition } from './dataset-definition';
import { imageNpz } from './image-npz';

/** CIFAR-10: 50,000 training and 10,000 test pictures of 32 x 32 pixels in colour, 10 classes. */
export const cifar10: DatasetDefinition = {
  facts: {
    name: 'cifar10',
    title: 'CIFAR-10',
    records: 60_000,
    features: 3072,
    classes: 10,
    officialTrain: 50_000,
    image: { height: 32, width: 32, channels: 3 },
    classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
    files: [
      {
        name: 'cifar-10-binary.tar.gz',
        urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
        bytes: 170_052_171,
        md5: 'c32a1d4ab5d03f1284b67883e8d87530',
      },
    ],
    otherFiles: [
      {
        name: 'cifar-10-python.tar.gz',
        urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz'],
        md5: 'c58f30108f718f92721af3b95e74349a',
      },
    ],
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    source: 'A. Krizhevsky, V. Nair, G. Hinton: labeled part of the tiny images of MIT',
    license: 'none stated',
    citation: 'A. Krizhevsky: Learning multiple layers of features from tiny images. 2009',
    notes: [
      'Order: data_batch_1 .. 5, then test_batch. The paper pools both and splits anew.',
      'A copy with 111 pictures that are only known through JPEG is recognized by its content; `doubtful` then names them, and they belong in no pool.',
    ],
    doubtful: lossyCifar10,
  },
  folders: ['cifar10', 'cifar-10', 'CIFAR10'],
  size: 'fixed',
  revision: 1,
  layouts: [
    ...cifarLayouts({
      batches: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`).concat('test_batch'),
      binaryFolder: 'cifar-10-batches-bin',
      binaryArchive: 'cifar-10-binary.tar.gz',
      pythonFolder: 'cifar-10-batches-py',
      pythonArchive: 'cifar-10-python.tar.gz',
      labelBytes: 1,
      labelByte: 0,
      labelKey: 'labels',
    }),
    imageNpz(['cifar10.npz', 'cifar-10.npz']),
  ],
};
