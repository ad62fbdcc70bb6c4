/** Where a network is computed. `cpu` unless said: it is the one that every machine has, and whose bits are tested. */
export const devices = ['cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const
export type Device = (typeof devices)[number]

/** What onnxruntime calls the execution provider of a device. */
export const providerOf: Readonly<Record<Device, string>> = {
  cpu: 'cpu',
  webgpu: 'webgpu',
  cuda: 'cuda',
  directml: 'dml',
  coreml: 'coreml',
}

/** What people call it. */
export const titleOf: Readonly<Record<Device, string>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  directml: 'DirectML',
  coreml: 'CoreML',
}
