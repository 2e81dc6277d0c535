import CKernels
import SluiceBackends

extension MergedAxes {
  /// The same, or a fallback if there are more axes than kernels take.
  func checked() throws(Fallback) -> MergedAxes {
    guard sizes.count <= Int(SLUICE_RANK) else {
      throw Fallback("more than \(SLUICE_RANK) axes that do not merge")
    }
    return self
  }
}

/// Fills a C array of `int64_t`, which Swift sees as a tuple, from its beginning.
func fill<Tuple: BitwiseCopyable>(_ tuple: inout Tuple, _ values: [Int]) {
  unsafe withUnsafeMutableBytes(of: &tuple) { bytes in
    for (index, value) in values.enumerated() where (index + 1) * 8 <= bytes.count {
      unsafe bytes.storeBytes(of: Int64(value), toByteOffset: index * 8, as: Int64.self)
    }
  }
}

/// `outer` blocks of lines along one axis, their elements `inner` apart.
func lines(of shape: [Int], along axis: Int) -> sluice_lines_parameters {
  sluice_lines_parameters(
    outer: Int64(count(shape[..<axis])), length: Int64(shape[axis]),
    inner: Int64(count(shape[(axis + 1)...])))
}

/// Fills a C array, which Swift sees as a tuple, with elements from number `first` on.
func fillElements<Tuple: BitwiseCopyable, Element: BitwiseCopyable>(
  _ tuple: inout Tuple, _ values: [Element], from first: Int = 0
) {
  unsafe withUnsafeMutableBytes(of: &tuple) { bytes in
    let stride = MemoryLayout<Element>.stride
    for (index, value) in values.enumerated() where (first + index + 1) * stride <= bytes.count {
      unsafe bytes.storeBytes(of: value, toByteOffset: (first + index) * stride, as: Element.self)
    }
  }
}
