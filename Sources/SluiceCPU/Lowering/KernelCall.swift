import CKernels
import SluiceBackends

/// One call of a C kernel before memory is there: the bytes of its parameter struct, and operands by
/// name instead of address.
@safe struct KernelCall {
  let routine: Routine
  /// The bytes of the kernel's parameter struct.
  let parameters: [UInt8]
  /// In the kernel's order; nil where absent.
  let operands: [Operand?]
  /// What was decided for it, for the listing; empty if there was no choice.
  let note: String
  /// Bytes of weights that one pass reads for all streams; 0 where streams run apart.
  let sharedByteCount: Int

  /// How a kernel takes the streams that step together.
  @safe enum Routine {
    /// One after another.
    case single(sluice_kernel)
    /// All at once.
    case batch(sluice_batch_kernel)
    /// One after another, because its weights are each stream's own.
    case separate(sluice_batch_kernel)
    /// One after another, in OpenBLAS.
    case library(sluice_kernel)
  }

  init<Parameters: BitwiseCopyable>(
    _ routine: Routine, _ parameters: Parameters, _ operands: [Operand?], note: String = "",
    sharedByteCount: Int = 0
  ) {
    self.routine = routine
    self.parameters = unsafe withUnsafeBytes(of: parameters) { unsafe Array($0) }
    self.operands = operands
    self.note = note
    self.sharedByteCount = sharedByteCount
  }

  init<Parameters: BitwiseCopyable>(
    _ kernel: @escaping sluice_kernel, _ parameters: Parameters, _ operands: [Operand?],
    note: String = ""
  ) {
    unsafe self.init(.single(kernel), parameters, operands, note: note)
  }
}

/// The kernels of the instruction set in use.
@safe struct VectorKernels {
  /// baseline, avx2, avx512 or neon.
  let name: String
  /// Floats per vector.
  let width: Int
  let linear: sluice_batch_kernel
  let gru: sluice_batch_kernel
  let lstm: sluice_batch_kernel
  let rnn: sluice_batch_kernel
  let product: sluice_batch_kernel
  let expression: sluice_kernel
  let convolution: sluice_kernel
  let assemble: sluice_kernel
  /// Float32 only, as those that follow.
  let layerNormalization: sluice_kernel
  let groupNormalization: sluice_kernel
  let batchNormalization: sluice_kernel
  let softmax: sluice_kernel
  let logSoftmax: sluice_kernel
  let averagePool: sluice_kernel
  /// Without indices.
  let maxPool: sluice_kernel
  /// By `sluice_reduction`.
  private let reductions: [sluice_kernel?]

  func reduction(_ kind: sluice_reduction) -> sluice_kernel? {
    unsafe reductions[Int(kind.rawValue)]
  }

  /// Chosen by `SLUICE_CPU` or by what the processor has.
  static var current: VectorKernels { unsafe VectorKernels(sluice_kernels().pointee) }

  /// Those of one instruction set; nil if there is none of that name that the processor can run.
  init?(variant: String) {
    guard let table = unsafe sluice_kernels_named(variant) else { return nil }
    unsafe self.init(table.pointee)
  }

  private init(_ table: sluice_vector_kernels) {
    unsafe name = String(cString: table.name)
    unsafe width = Int(table.width)
    guard let linear = unsafe table.linear, let gru = unsafe table.gru,
      let lstm = unsafe table.lstm, let rnn = unsafe table.rnn,
      let product = unsafe table.product, let expression = unsafe table.expression,
      let convolution = unsafe table.convolution, let assemble = unsafe table.assemble,
      let layerNormalization = unsafe table.layer_norm,
      let groupNormalization = unsafe table.group_norm,
      let batchNormalization = unsafe table.batch_norm, let softmax = unsafe table.softmax,
      let logSoftmax = unsafe table.log_softmax,
      let averagePool = unsafe table.average_pool, let maxPool = unsafe table.max_pool
    else { preconditionFailure("the table of \(name) has gaps") }
    unsafe (self.linear, self.gru, self.lstm, self.rnn) = (linear, gru, lstm, rnn)
    unsafe (self.product, self.expression) = (product, expression)
    unsafe (self.convolution, self.assemble) = (convolution, assemble)
    unsafe (self.layerNormalization, self.groupNormalization) = (
      layerNormalization, groupNormalization
    )
    unsafe (self.batchNormalization, self.softmax) = (batchNormalization, softmax)
    unsafe (self.logSoftmax, self.averagePool) = (logSoftmax, averagePool)
    unsafe self.maxPool = maxPool
    let all = unsafe table.reduce
    unsafe reductions = [all.0, all.1, all.2, all.3, all.4]
  }
}
