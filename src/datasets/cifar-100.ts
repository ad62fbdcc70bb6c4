import { publishedCifar } from './published-cifar.ts'

const classes = `
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
  camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
  dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
  leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
  otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
  road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
  sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
  wardrobe whale willow_tree wolf woman worm
`
  .trim()
  .split(/\s+/)

const superclasses = `
  aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices
  household_furniture insects large_carnivores large_man-made_outdoor_things
  large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates
  people reptiles small_mammals trees vehicles_1 vehicles_2
`
  .trim()
  .split(/\s+/)

/**
 * CIFAR-100: photographs of 100 classes in 20 superclasses.
 *
 * Images  32×32 RGB, 500 train and 100 test a class.
 * Labels  0 … 99 in alphabetical order of the names (the fine label; the coarse one is `superclasses`).
 * @source Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 */
export const cifar100 = publishedCifar({
  name: 'cifar-100',
  title: 'CIFAR-100',
  summary: '60,000 photographs of 100 classes, 32×32',
  source: 'Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009',
  layout: {
    title: 'CIFAR-100',
    files: { train: ['train.bin'], test: ['test.bin'] },
    labels: [
      { called: 'coarse label', below: 20 },
      { called: 'fine label', below: 100 },
    ],
    classes,
  },
  folder: 'cifar-100-binary',
  archive: {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
    file: 'cifar-100-binary.tar.gz',
    bytes: 168_513_733,
    md5: '03b5dce01913d631647c71ecec9e9cb8',
  },
  sizes: { train: 50_000, test: 10_000 },
  md5: {
    'train.bin': '6172c7755cfe09b2fe270c85cebc1b15',
    'test.bin': '4499cfba6c016c1be1438163640a0898',
  },
  // Computed with `splitRoot` from a copy with all 60,000 images in another order (test/real/cifar-100.test.ts).
  roots: {
    train: 'a8df2c8b85635a167bc63b563dc7d5c70b56169962eaf79ee26b9aa1420f2163',
    test: '54d83e3839ace2d3abd3716c9b344c945dfc7216ab8e42ec2ce139849063d004',
  },
  nameFiles: { 'fine_label_names.txt': classes, 'coarse_label_names.txt': superclasses },
  superclasses,
})
