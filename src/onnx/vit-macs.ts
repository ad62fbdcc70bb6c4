/**
 * Multiply-adds of one image through a Vision Transformer with a class token and MLP ratio 4:
 *
 *   T = (image / patch)² + 1
 *   MACs = (T − 1) · 3 · patch² · d  +  blocks · (12 · T · d² + 2 · T² · d)  +  d · classes
 *
 * ViT-B/16 at 224: 17.5638 · 10⁹.
 * @source Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, table 1. arXiv:2010.11929
 */
export function vitMacs(vit: {
  image: number
  patch: number
  width: number
  blocks: number
  classes: number
}): number {
  const { image, patch, width, blocks, classes } = vit
  const tokens = (image / patch) ** 2 + 1
  const embed = (tokens - 1) * 3 * patch ** 2 * width
  return embed + blocks * (12 * tokens * width ** 2 + 2 * tokens ** 2 * width) + width * classes
}
