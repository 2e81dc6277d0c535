import CKernels

/// The OpenCL C files of Kernels/OpenCL, which are part of the binary.
enum KernelSource {
  /// Text by file name without its ending.
  static let texts: [String: String] = {
    var texts: [String: String] = [:]
    var index: Int64 = 0
    while let source = unsafe sluice_source_at(index) {
      let bytes = unsafe UnsafeBufferPointer(
        start: source.pointee.bytes, count: Int(source.pointee.count))
      unsafe texts[String(cString: source.pointee.name)] = String(decoding: bytes, as: UTF8.self)
      index += 1
    }
    return texts
  }()

  /// The text of a file that is there by construction.
  static func text(_ name: String) -> String {
    guard let text = texts[name] else { preconditionFailure("there is no kernel file '\(name)'") }
    return text
  }
}
