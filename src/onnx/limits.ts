/**
 * What onnxruntime-node 1.30 loads (tried version by version), and the oldest operators whose meaning we know.
 * A file outside these is refused by name rather than run as something else.
 */
export const limits = {
  /** Newest file format version (IR); 14 is refused by the runtime. */
  newestIr: 13,
  /** Operators before 11 (Clip, Pad, Resize, Upsample) meant other things. */
  oldestOpset: 11,
  /** Newest standard operators; 27 is refused by the runtime. */
  newestOpset: 26,
  /** A protobuf message ends at 2 GiB, in the runtime; so does what Node reads of a file at once. */
  mostBytes: 2 ** 31 - 1,
} as const

/** Operator domains the runtime carries kernels for. */
export const knownDomains: readonly string[] = [
  '',
  'ai.onnx.ml',
  'com.microsoft',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
]
