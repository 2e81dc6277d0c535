import SluiceBackends
import SluiceGraph

/// Weights of a wide layer in the order in which matrix instructions take them
/// (`Kernels/OpenCL/matrix_layout.cl`): [octet of units][block of 32 terms][gate][unit 8][term 32].
struct MatrixPacking {
  let gates: Int
  let units: Int
  /// fp16 or bf16.
  let precision: Precision

  /// - Parameter products: values [gates, units, depth] and the depth, the first row's, then the second's.
  func pack(_ products: [(values: [Float], depth: Int)]) -> Tensor {
    let blocks = products.map { ($0.depth + 31) / 32 }
    let all = blocks.reduce(0, +)
    var packed = [UInt16](repeating: 0, count: (units + 7) / 8 * all * gates * 256)
    var start = 0
    for (product, count) in zip(products, blocks) {
      let stored = StoredWeights(product.values, outputs: 1, at: precision) { _ in 0 }
      guard case .uint16(let values) = stored.values.elements else {
        preconditionFailure("matrix instructions take 16-bit weights")
      }
      for gate in 0..<gates {
        for unit in 0..<units {
          let source = (gate * units + unit) * product.depth
          for term in 0..<product.depth {
            let tile = (unit / 8 * all + start + term / 32) * gates + gate
            packed[(tile * 8 + unit % 8) * 32 + term % 32] = values[source + term]
          }
        }
      }
      start += count
    }
    return Tensor(packed)
  }
}
