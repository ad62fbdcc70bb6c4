import { cosines } from './cosines.ts'
import { byChannel, clampedByte, type FakeMaker, side } from './maker.ts'

const transform = cosines(side)

/** Frequencies above this many half waves a picture are taken out. */
const highest = 20

/** As a variational autoencoder leaves it: the finest frequencies are gone, and edges ring a little. */
export const smoothed: FakeMaker = {
  name: 'smoothed',
  make: byChannel((plane, into) => {
    const coefficients = transform.forward(plane)
    for (let v = 0; v < side; v++) {
      for (let u = 0; u < side; u++) if (u * u + v * v > highest * highest) coefficients[v * side + u] = 0
    }
    const values = transform.back(coefficients)
    for (let i = 0; i < values.length; i++) into[i] = clampedByte(values[i])
  }),
}
