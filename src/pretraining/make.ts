import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot, publish, publishText } from '../files/index.ts'
import { sha256 } from '../identity/index.ts'
import { pretrained } from './pretrain.ts'
import { recipes } from './recipes.ts'

/**
 * `npx tsx src/pretraining/make.ts [name …]` pretrains the networks that come with Streambed and writes them, with
 * their checksums in their passports. The golden embeddings are then to be computed anew by
 * `test/oracles/mini_networks.py`. No run of a suite uses anything of this folder.
 */
const asked = process.argv.slice(2)
for (const recipe of recipes.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  const seen = { loss: 0, accuracy: 0 }
  const bytes = await pretrained({
    ...recipe,
    onStep({ step, loss, accuracy }) {
      seen.loss += loss / 100
      seen.accuracy += accuracy / 100
      if ((step + 1) % 100 !== 0) return
      const right = `${(100 * seen.accuracy).toFixed(1)} % right`
      console.error(
        `${recipe.name}  step ${step + 1} of ${recipe.steps}  loss ${seen.loss.toFixed(3)}  ${right}`,
      )
      Object.assign(seen, { loss: 0, accuracy: 0 })
    },
  })
  const folder = join(packageRoot, 'src/backbones')
  publish(join(folder, `${recipe.name}.onnx`), [bytes])
  const path = join(folder, `${recipe.name}.passport.json`)
  const passport = readFileSync(path, 'utf8')
  publishText(path, passport.replace(/"sha256": "[0-9a-f]{64}"/, `"sha256": "${sha256(bytes)}"`))
}
