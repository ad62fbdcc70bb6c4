import { csv } from './csv.ts'
import type { Exporter } from './exporter.ts'
import { json } from './json.ts'
import { latex } from './latex.ts'
import { markdown } from './markdown.ts'
import { terminal } from './terminal.ts'

/** The shelf: a new format is one file and one name here. */
export const exporters: readonly Exporter[] = [markdown, csv, latex, json, terminal]
