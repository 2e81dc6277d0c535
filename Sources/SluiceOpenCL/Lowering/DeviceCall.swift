import SluiceBackends

/// One operator body before memory is there: its file, what it is specialised with, operands by name
/// instead of address.
struct DeviceCall {
  enum Body {
    /// A file of Kernels/OpenCL, without its ending.
    case file(String)
    /// A function `NAME` written by the lowering.
    case text(String)
    /// A launch of its own: a file with the cell of a wide layer, and the macros by which it knows the
    /// operands (`WideSource`).
    case wide(String, operands: [String])
  }

  var body: Body
  /// In order; a name may have parameters: `A_ROW(r)`.
  var macros: [(name: String, value: String)]
  /// The body's operands in its order: first those it reads, then those it writes; nil where absent.
  var reads: [Operand?]
  var writes: [Operand?]
  /// Elements of its vectors.
  var width: Int
  /// For the listing; empty if there is nothing to say.
  var note: String
  /// Of a wide body whose launch runs once for each step of a sequence; nil for once.
  var steps: StepWords?

  init(
    _ body: Body, _ macros: KeyValuePairs<String, any CustomStringConvertible>,
    reads: [Operand?], writes: [Operand?], width: Int = 1, note: String = ""
  ) {
    self.body = body
    self.macros = macros.map { ($0.key, $0.value.description) }
    self.reads = reads
    self.writes = writes
    self.width = width
    self.note = note
  }

  /// The number that a macro stands for; 0 where there is none.
  func size(_ name: String) -> Int {
    macros.first { $0.name == name }.flatMap { Int($0.value) } ?? 0
  }

  mutating func define(_ name: String, _ value: any CustomStringConvertible) {
    macros.append((name, value.description))
  }
}

/// How a wide body finds its rows in the step that its launch runs (`Kernels/OpenCL/steps.cl`).
struct StepWords {
  /// Steps, each a launch.
  var count: Int
  /// What steps.cl calls an operand of the cell, by the cell's own name for it.
  var places: [(name: String, word: String)] = []
}

/// What decides which form of a body is taken.
struct DeviceForm: Hashable {
  /// Work-items of a group: 1 on CPU devices.
  var groupSize: Int
  /// The widest vectors of element-wise and product bodies: 16 on CPU devices, 1 elsewhere, where the
  /// work-items are the lanes.
  var vectorLimit: Int
  var hasDouble: Bool
  /// What decides the launches of wide layers; nil where every layer is run stream by stream.
  var wide: WideDevice?
  /// What decides how whole sequences run; nil where they run step by step.
  var sequences: SequenceDevice?
  /// The type of known weights and of what they are multiplied with.
  var precision = Precision.fp32
  /// Bytes of local memory that values of a stream may take; 0 on CPU devices, where it is no faster.
  var localByteCount = 0

  /// The widest vector that `count` elements fill.
  func width(_ count: Int) -> Int {
    var width = vectorLimit
    while width > max(count, 1) { width /= 2 }
    return width
  }
}
