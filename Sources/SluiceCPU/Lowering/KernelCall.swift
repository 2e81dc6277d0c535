import CKernels

/// One call of a C kernel before memory is there: the bytes of its parameter struct, and operands by
/// name instead of address.
@safe struct KernelCall {
  let kernel: sluice_kernel
  /// The bytes of the kernel's parameter struct.
  let parameters: [UInt8]
  /// In the kernel's order; nil where absent.
  let operands: [Operand?]
  /// What was decided for it, for the listing; empty if there was no choice.
  let note: String

  init<Parameters: BitwiseCopyable>(
    _ kernel: @escaping sluice_kernel, _ parameters: Parameters, _ operands: [Operand?],
    note: String = ""
  ) {
    unsafe self.kernel = kernel
    self.parameters = unsafe withUnsafeBytes(of: parameters) { unsafe Array($0) }
    self.operands = operands
    self.note = note
  }
}

/// What a kernel reads or writes.
struct Operand: Hashable {
  enum Place: Hashable {
    /// A buffer of the plan.
    case buffer(Int)
    /// An entry of `Lowering.tables`.
    case table(Int)
    /// Memory that one operation uses while it runs.
    case workspace
  }

  var place: Place
  /// Bytes from its beginning.
  var offset = 0

  static func buffer(_ index: Int, offset: Int = 0) -> Operand {
    Operand(place: .buffer(index), offset: offset)
  }
  static func workspace(offset: Int = 0) -> Operand {
    Operand(place: .workspace, offset: offset)
  }
}
