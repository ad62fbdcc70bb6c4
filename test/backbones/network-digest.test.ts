import { execSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { addBackbone, findBackbone } from '../../src/backbones/index.ts'
import { ModelProtoSchema } from '../../src/onnx/generated/onnx_pb.ts'
import { buildModel } from '../../src/onnx/index.ts'
import { channelMeans, folderOfItsOwn } from './small-networks.ts'

const answers = {
  name: 'mine',
  embedding: 'flat',
  resize: 'exact',
  filter: 'bilinear',
  antialias: 'yes',
  arithmetic: 'float',
  colour: 'rgb',
  divisor: '255',
  mean: '0.5',
  std: '0.5',
}

/** Channel means times a gain that lies in a file beside the network. */
function besideItsWeights() {
  const folder = folderOfItsOwn()
  const file = join(folder, 'net.onnx')
  const proto = fromBinary(
    ModelProtoSchema,
    buildModel({
      ...channelMeans,
      nodes: [
        { op: 'Mul', inputs: ['picture', 'gain'], outputs: ['pixels'] },
        ...channelMeans.nodes.slice(1),
      ],
      constants: { gain: { type: 'float32', dims: [3, 1, 1], data: [1, 2, 3] } },
    }),
  )
  const [gain] = proto.graph!.initializer
  const weights = join(folder, 'net.onnx.data')
  writeFileSync(weights, gain.rawData)
  gain.rawData = new Uint8Array(0)
  gain.dataLocation = 1
  gain.externalData = [{ $typeName: 'onnx.StringStringEntryProto', key: 'location', value: 'net.onnx.data' }]
  writeFileSync(file, toBinary(ModelProtoSchema, proto))
  return { folder, file, weights }
}

test('a network with weights beside it is known by both files, as sha256sum tells them', async () => {
  const { folder, file } = besideItsWeights()
  const { passport } = await addBackbone({ file, answers })
  const told = execSync('sha256sum net.onnx net.onnx.data | sha256sum', { cwd: folder, encoding: 'utf8' })
  expect(passport.sha256).toBe(told.slice(0, 64))
  expect((await findBackbone('mine', { folders: [folder] })).sha256).toBe(passport.sha256)
})

test('other weights beside the same network are other bytes', async () => {
  const { folder, file, weights } = besideItsWeights()
  await addBackbone({ file, answers })
  writeFileSync(weights, Buffer.from(Float32Array.of(1, 2, 4).buffer))
  await expect(findBackbone('mine', { folders: [folder] })).rejects.toMatchObject({
    code: 'backbone-wrong-bytes',
  })
})
