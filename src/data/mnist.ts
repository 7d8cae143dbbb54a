import type { DatasetDefinition } from './dataset';
import { idxFiles, idxLayouts } from './idx-layouts';

const published = [
  'f68b3c2dcbeaaa9fbdd348bbdeb94873',
  'd53e105ee54ea40749a09fcbcd1e9432',
  '9fb629c4189551a2d022fa330f9573f3',
  'ec29112dd5afa0611ce80d1b7f02629c',
];
const raw = [
  '6bbc9ace898e44ae57da46a324031adb',
  'a25bea736e30d166cdddb491f175f624',
  '2646ac647ad5339dbf082846283269ea',
  '27ae3e4e09519cfbb04c329615203637',
];

/** MNIST: 60,000 training and 10,000 test pictures of handwritten digits, 28 x 28 gray pixels. */
export const mnist: DatasetDefinition = {
  facts: {
    name: 'mnist',
    title: 'MNIST',
    records: 70_000,
    features: 784,
    classes: 10,
    officialTrain: 60_000,
    image: { height: 28, width: 28, channels: 1 },
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    files: idxFiles.map((name, i) => ({
      name: `${name}.gz`,
      urls: [
        `https://ossci-datasets.s3.amazonaws.com/mnist/${name}.gz`,
        `https://storage.googleapis.com/cvdf-datasets/mnist/${name}.gz`,
        `http://yann.lecun.com/exdb/mnist/${name}.gz`,
      ],
      md5: published[i],
    })),
    otherFiles: idxFiles.map((name, i) => ({ name, urls: [], md5: raw[i] })),
    homepage: 'http://yann.lecun.com/exdb/mnist/',
    source: 'handwritten digits of NIST, prepared by LeCun, Cortes and Burges',
    license: 'none stated by the authors (often given as CC BY-SA 3.0)',
    citation:
      'Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition. Proc. IEEE 86(11), 1998',
    notes: [
      "The files have the same names as Fashion-MNIST's: keep them in a folder mnist/ of their own.",
      'The checksums are those that torchvision pins.',
    ],
  },
  folders: ['mnist', 'MNIST/raw'],
  size: 'fixed',
  revision: 1,
  layouts: idxLayouts(['mnist.npz']),
};
