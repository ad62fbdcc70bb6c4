import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Figure } from './figure.ts'
import { specOf } from './spec.ts'

/** The figure as SVG: the same figure gives the same bytes. Text stays text, in DejaVu Sans or the reader's sans-serif. */
export async function svgOf(figure: Figure): Promise<string> {
  // Vega takes half a second to load: only who draws pays for it.
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')])
  const { spec } = compile(specOf(figure))
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error })
  try {
    return `${await view.toSVG()}\n`
  } finally {
    view.finalize()
  }
}

/** An SVG of ours as PNG, `scale` pixels a unit, with the shipped font and no other. */
export async function pngOf(svg: string, scale = 2): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: {
      fontFiles: fontFiles(),
      loadSystemFonts: false,
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  })
  return drawing.render().asPng()
}

/** A missing font would draw no text, silently: the files are resolved, so that its absence is an error. */
function fontFiles(): string[] {
  const folder = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')
  return ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(folder, '..', 'ttf', file))
}
