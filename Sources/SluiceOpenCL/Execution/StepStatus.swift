import SluiceBackends

/// What kernels of a step report: the words of `status`, all of them 0 before a step.
struct StepStatus {
  /// An operation and why it refused its values, as `FAIL` of `Kernels/OpenCL/prelude.cl` writes it.
  var refusal: Int32 = 0
  /// Whether groups of a sequence gave up waiting for each other (`waiting.cl`): nothing that the step
  /// wrote is of use.
  var gaveUp: Int32 = 0
  /// Groups of a sequence that have begun.
  var begun: Int32 = 0
  /// Whether a stream's states did not pass between the groups (`exchange.cl`): what the step wrote for
  /// those streams is of no use. Which: a word for each entry of the list, behind these.
  var hasMarks: Int32 = 0

  /// Where the marks of the list's entries begin.
  static let marks = 64

  /// Bytes for a list of so many entries.
  static func byteCount(entries: Int) -> Int { marks + 4 * entries }

  init(_ bytes: UnsafeRawBufferPointer) {
    (refusal, gaveUp) = unsafe (word(bytes, 0), word(bytes, 1))
    (begun, hasMarks) = unsafe (word(bytes, 2), word(bytes, 3))
  }

  private func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int32 {
    unsafe bytes.load(fromByteOffset: 4 * index, as: Int32.self)
  }

  /// Whether every word is as it has to be before a step.
  var isClear: Bool { refusal == 0 && gaveUp == 0 && hasMarks == 0 }
}
