import { cifarLayouts } from './cifar-layouts';
import type { DoubtfulRecords, DatasetDefinition } from './dataset';
import { imageNpz } from './image-npz';

/** `Dataset.sha256` of the copy whose rows below went through JPEG, so that their pixels are not the published ones. */
const knownCopy = '50eb9bf76637810ad9b868bdf44a905ee4b9256c247da49a0f4f78326ba83057';

/** 0-based, train then test: 105 ships and 6 horses. */
// prettier-ignore
const rows = [
  4298, 5949, 7066, 7237, 7248, 7630, 8006, 8831, 8968, 9415, 10336, 10408, 10572, 11027, 12762, 12834,
  13546, 21493, 25728, 26098, 26927, 27621, 28435, 28670, 28728, 29694, 29747, 30329, 31066, 31367, 31462, 31625,
  31663, 32777, 33446, 33641, 33661, 34067, 34276, 34387, 34471, 34825, 35160, 35646, 36733, 37329, 37474, 37567,
  38089, 38384, 38925, 39069, 39358, 39385, 39613, 39840, 39888, 39971, 40805, 41761, 41779, 42004, 42389, 42611,
  43357, 43883, 44420, 44882, 45168, 45240, 46175, 46435, 46538, 46624, 47393, 47597, 48081, 48124, 48333, 48821,
  48836, 49321, 49429, 49631, 49830, 49857, 50260, 50722, 51259, 51369, 51422, 51556, 52245, 52737, 52935, 53630,
  53695, 53718, 54085, 54496, 55791, 55896, 56286, 57580, 57707, 57724, 57832, 58117, 58541, 58551, 59254,
];

/** The records of CIFAR-10 to leave out of member and non-member pools, if this is the copy in which they differ. */
export function lossyCifar10(sha256: string): DoubtfulRecords | undefined {
  if (sha256 !== knownCopy) return undefined;
  return {
    records: Int32Array.from(rows),
    why: 'in this copy their pixels are only known through JPEG',
  };
}

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
