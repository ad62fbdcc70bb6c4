import { publishedCifar } from './published-cifar.ts'

const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']

/**
 * CIFAR-10: photographs of 10 classes.
 *
 * Images  32×32 RGB, 5,000 train and 1,000 test a class, train in five files.
 * Labels  0 … 9 in the publisher's order.
 * @source Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 */
export const cifar10 = publishedCifar({
  name: 'cifar-10',
  title: 'CIFAR-10',
  summary: '60,000 photographs of 10 classes, 32×32',
  source: 'Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009',
  layout: {
    title: 'CIFAR-10',
    files: {
      train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
      test: ['test_batch.bin'],
    },
    labels: [{ called: 'label', below: 10 }],
    classes,
  },
  folder: 'cifar-10-batches-bin',
  archive: {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    file: 'cifar-10-binary.tar.gz',
    bytes: 170_052_171,
    md5: 'c32a1d4ab5d03f1284b67883e8d87530',
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
  },
  sizes: { train: 50_000, test: 10_000 },
  md5: null,
  roots: null,
  nameFiles: { 'batches.meta.txt': classes },
})
