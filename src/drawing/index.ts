export { bell, between, brightness, type Colour, hsv, mix } from './colour.ts'
export { any, box, type Corner, disc, type Inside, polygon, without } from './inside.ts'
export { render } from './render.ts'
export { contrasting, lit, type Paint, type Surface, stripes } from './surfaces.ts'
