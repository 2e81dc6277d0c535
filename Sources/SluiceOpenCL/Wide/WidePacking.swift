import SluiceBackends
import SluiceGraph

/// Weights of one product of a wide layer in the order in which its kernels read them.
struct WidePacking {
  /// Sums of a unit, units, terms of a sum.
  let sums: Int
  let units: Int
  let depth: Int
  /// Units with what pads them.
  let paddedUnits: Int
  let precision: Precision
  let hasVectors: Bool

  static let vectorWidth = 16
  /// 16-byte loads that are under way together in wide_rows.cl.
  static let ahead = 8

  /// Terms of a sum in 16 bytes.
  static func quad(_ precision: Precision) -> Int {
    switch precision {
    case .fp32: 4
    case .fp16, .bf16: 8
    case .int8: 16
    }
  }

  /// - Parameter values: [sums, units, depth].
  /// - Returns: packed weights and, at int8, scales [sums, padded units].
  func pack(_ values: [Float]) -> (weights: Tensor, scales: Tensor?) {
    let stored = StoredWeights(values, outputs: sums * units, at: precision) { $0 / depth }
    let weights =
      switch stored.values.elements {
      case .float32(let elements): Tensor(packed(elements, filler: -0.0))
      case .uint16(let elements): Tensor(packed(elements, filler: 0x8000))
      case .int8(let elements): Tensor(packed(elements, filler: 0))
      default: preconditionFailure("weights are stored as floats, halves or bytes")
      }
    return (weights, stored.scales.map { Tensor(padded($0.floats())) })
  }

  /// Rows of `units` numbers as rows of `paddedUnits`, zeros behind.
  func padded(_ values: [Float]) -> [Float] {
    var result: [Float] = []
    for start in stride(from: 0, to: values.count, by: max(units, 1)) {
      result += values[start..<start + units]
      result += repeatElement(0, count: paddedUnits - units)
    }
    return result
  }

  private func packed<Element>(_ values: [Element], filler: Element) -> [Element] {
    let quad = hasVectors ? 1 : Self.quad(precision)
    let lanes = hasVectors ? Self.vectorWidth : 8
    let step = hasVectors ? 1 : quad * Self.ahead
    let quads = (depth + step - 1) / step * step / quad
    var result = [Element](repeating: filler, count: paddedUnits * quads * quad * sums)
    for sum in 0..<sums {
      for unit in 0..<units {
        let source = (sum * units + unit) * depth
        let block = unit / lanes * quads
        for term in 0..<depth {
          let row = ((block + term / quad) * sums + sum) * lanes + unit % lanes
          result[row * quad + term % quad] = values[source + term]
        }
      }
    }
    return result
  }
}
