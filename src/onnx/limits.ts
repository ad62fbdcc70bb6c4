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
  /**
   * Bytes of a network in one piece, its weights included. A file of 2,147,483,613 bytes is read, run and written (which
   * takes three times that in memory); one of 2,147,483,773 is refused by the runtime ("Protobuf parsing failed") and by
   * Node ("greater than 2 GiB"). Weights in files beside the network have no such end: each may have up to 4 GiB, what
   * Node 20 holds in one buffer, anywhere in a file of any size.
   */
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
