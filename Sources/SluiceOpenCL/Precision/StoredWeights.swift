import SluiceBackends
import SluiceGraph

/// Weights of products as a precision stores them (`Kernels/OpenCL/precision.cl`).
struct StoredWeights {
  /// float32; uint16 with the bits of fp16 or bf16; int8.
  let values: Tensor
  /// What one unit of each output's int8 weights is worth: the largest magnitude among them / 127. Nil
  /// at the other precisions.
  let scales: Tensor?

  /// Terms of an int8 sum that surely fit 32 bits.
  static let longestSum = Int(Int32.max) / (127 * 127)

  /// - Parameters:
  ///   - outputs: how many there are.
  ///   - output: the output that element `index` belongs to.
  init(
    _ values: [Float], outputs: Int, at precision: Precision, output: (_ index: Int) -> Int
  ) {
    switch precision {
    case .fp32: (self.values, scales) = (Tensor(values), nil)
    case .fp16: (self.values, scales) = (Tensor(values.map { Float16($0).bitPattern }), nil)
    case .bf16: (self.values, scales) = (Tensor(values.map(Self.upperHalf)), nil)
    case .int8:
      var largest = [Float](repeating: 0, count: outputs)
      for (index, value) in values.enumerated() {
        let own = output(index)
        largest[own] = max(largest[own], abs(value))
      }
      self.values = Tensor(
        values.enumerated().map { Self.quantised($1, largest: largest[output($0)]) })
      scales = Tensor(largest.map { $0 / 127 })
    }
  }

  /// To nearest even.
  static func upperHalf(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard !value.isNaN else { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }

  private static func quantised(_ value: Float, largest: Float) -> Int8 {
    guard largest > 0, largest.isFinite else { return 0 }
    return Int8(clamping: Int((value * (127 / largest)).rounded(.toNearestOrEven)))
  }
}
