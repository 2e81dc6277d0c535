import SluiceBackends
import SluiceCPU
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

@Suite("Operators, recurrences")
struct RecurrenceTests {
  enum Kind: CaseIterable { case gruAfter, gruBefore, lstm, lstmCoupled, rnn }

  static let activations: [Activation] = [
    .sigmoid, .tanh, .relu, .softsign, .softplus, .leakyRelu(alpha: 0.1),
    .thresholdedRelu(alpha: 0.2), .elu(alpha: 0.7), .hardSigmoid(alpha: 0.2, beta: 0.5),
    .scaledTanh(alpha: 0.9, beta: 0.6), .affine(alpha: 0.4, beta: 0.1),
  ]

  /// A recurrence with random weights.
  struct Layer {
    var kind: Kind
    var length = 5
    var rows = 3
    var inputs = 4
    var hidden = 6
    var direction = Recurrence.Direction.forward
    var clip: Float?
    var activations: [Activation]?
    /// Which of bias, lengths, initial states, peepholes are given.
    var hasBias = true
    var hasLengths = false
    var hasInitial = true
    var hasPeepholes = false
    var unused: Set<Int> = []

    var gates: Int { [.gruAfter, .gruBefore].contains(kind) ? 3 : kind == .rnn ? 1 : 4 }
    var isLSTM: Bool { kind == .lstm || kind == .lstmCoupled }

    func makeCase(_ random: inout SeededRandom) -> OperatorCase {
      let recurrence = Recurrence(hiddenSize: hidden, direction: direction, clip: clip)
      let op: Operator =
        switch kind {
        case .gruAfter: .gru(GRU(recurrence, resetAfter: true, activations: activations))
        case .gruBefore: .gru(GRU(recurrence, resetAfter: false, activations: activations))
        case .lstm: .lstm(LSTM(recurrence, activations: activations))
        case .lstmCoupled: .lstm(LSTM(recurrence, inputForget: true, activations: activations))
        case .rnn: .rnn(RNN(recurrence, activations: activations))
        }
      let d = direction.count
      let scaled = { (shape: [Int], random: inout SeededRandom) -> Tensor in
        let values = random.floats(shape).floats()
        // Small enough that a long recurrence forgets its rounding errors.
        let factor = 0.8 / Float(max(hidden, 4)).squareRoot()
        return Tensor(values.map { $0 * factor }, shape: shape)
      }
      var list: [OperatorCase.Input] = [
        .fed(random.floats([length, rows, inputs])),
        .known(scaled([d, gates * hidden, inputs], &random)),
        .known(scaled([d, gates * hidden, hidden], &random)),
      ]
      list.append(hasBias ? .known(scaled([d, 2 * gates * hidden], &random)) : .absent)
      let lengths = random.integers(.int32, [rows], in: 0..<(length + 1))
      list.append(hasLengths ? .fed(lengths) : .absent)
      list.append(hasInitial ? .fed(random.floats([d, rows, hidden])) : .absent)
      if isLSTM {
        list.append(hasInitial ? .fed(random.floats([d, rows, hidden])) : .absent)
        list.append(hasPeepholes ? .known(scaled([d, 3 * hidden], &random)) : .absent)
      }
      return OperatorCase(op: op, inputs: list, outputCount: isLSTM ? 3 : 2, unused: unused)
    }
  }

  @Test("Every kind, direction and subset of optional inputs", arguments: Kind.allCases)
  func optionalInputs(kind: Kind) throws {
    var random = SeededRandom(41)
    for direction in [Recurrence.Direction.forward, .reverse, .bidirectional] {
      for subset in 0..<16 {
        let layer = Layer(
          kind: kind, direction: direction, hasBias: subset & 1 != 0, hasLengths: subset & 2 != 0,
          hasInitial: subset & 4 != 0, hasPeepholes: subset & 8 != 0)
        try layer.makeCase(&random).check(tolerance: 2e-6)
      }
    }
  }

  @Test("Every subset of outputs", arguments: Kind.allCases)
  func outputs(kind: Kind) throws {
    var random = SeededRandom(42)
    for unused in [Set([0]), [1], [2], [0, 2], [1, 2], [0, 1]] {
      let layer = Layer(kind: kind, direction: .bidirectional, unused: unused)
      if !layer.isLSTM && unused.isSuperset(of: [0, 1]) { continue }
      try layer.makeCase(&random).check(tolerance: 2e-6)
    }
  }

  @Test("Every activation in every place, with and without clip", arguments: Kind.allCases)
  func activations(kind: Kind) throws {
    var random = SeededRandom(43)
    let places = kind == .rnn ? 1 : [.gruAfter, .gruBefore].contains(kind) ? 2 : 3
    for shift in Self.activations.indices {
      for clip in [nil, Float(0.3)] {
        let chosen = (0..<2 * places).map {
          Self.activations[(shift + $0 * 3) % Self.activations.count]
        }
        let layer = Layer(
          kind: kind, length: 3, direction: .bidirectional, clip: clip, activations: chosen)
        try layer.makeCase(&random).check(tolerance: 5e-6)
      }
    }
  }

  @Test(
    "One row and step, many rows, sizes beyond a chunk, and empty ones", arguments: Kind.allCases)
  func sizes(kind: Kind) throws {
    var random = SeededRandom(44)
    let sizes = [
      (1, 1, 1, 1), (1, 1, 40, 64), (7, 1, 3, 5), (4, 9, 8, 16), (0, 2, 3, 4), (3, 0, 2, 4),
      (50, 33, 4, 20), (2, 3, 0, 4),
    ]
    for (length, rows, inputs, hidden) in sizes {
      for direction in [Recurrence.Direction.forward, .bidirectional] {
        let layer = Layer(
          kind: kind, length: length, rows: rows, inputs: inputs, hidden: hidden,
          direction: direction)
        try layer.makeCase(&random).check(tolerance: 1e-5)
      }
    }
  }

  @Test("A large input product of a whole sequence is OpenBLAS's", arguments: Kind.allCases)
  func inputProducts(kind: Kind) throws {
    var random = SeededRandom(46)
    for direction in [Recurrence.Direction.forward, .reverse, .bidirectional] {
      for hasLengths in [false, true] {
        let layer = Layer(
          kind: kind, length: 130, rows: 2, inputs: 120, hidden: 140, direction: direction,
          hasLengths: hasLengths)
        let one = layer.makeCase(&random)
        try one.check(tolerance: 1e-5)
        let listing = try one.run(CPUBackend(), .full).listing
        let products = "sgemm of 260 x \(140 * layer.gates) x 120"
        #expect(listing.contains { $0.contains(products) }, "\(listing)")
      }
    }
    var few = Layer(kind: kind, length: 127, rows: 2, inputs: 120, hidden: 140)
    few.hasInitial = false
    let listing = try few.makeCase(&random).run(CPUBackend(), .full).listing
    #expect(!listing.contains { $0.contains("sgemm") }, "\(listing)")
  }

  @Test("A row's length outside the sequence is refused")
  func lengths() throws {
    var random = SeededRandom(45)
    var one = Layer(kind: .gruAfter, hasLengths: true).makeCase(&random)
    one.inputs[4] = .fed(Tensor([Int32(5), 6, 0]))
    let error = #expect(throws: BackendError.self) { try one.run(CPUBackend(), .full) }
    #expect(error?.message == "node: a row's length is not within the sequence")
  }

  @Test("A stream's bits do not depend on its slot or on who steps beside it")
  func slotInvariance() throws {
    var random = SeededRandom(51)
    var layer = Layer(kind: .gruAfter)
    (layer.rows, layer.hidden, layer.inputs) = (6, 48, 32)
    let one = layer.makeCase(&random)
    let plan = try Plan(one.program(), fusion: .full)
    try checkSlots(one, CPUBackend().prepare(plan, options: ExecutableOptions(slots: 5)))
    for backend in TestDevices.openCL {
      try checkSlots(one, backend.prepare(plan, options: ExecutableOptions(slots: 5)))
    }
  }

  private func checkSlots(_ one: OperatorCase, _ executable: any Executable) throws {
    for slot in 0..<5 {
      var next = 0
      for case .fed(let tensor) in one.inputs {
        unsafe tensor.withUnsafeBytes { unsafe executable.write(input: next, slot: slot, from: $0) }
        next += 1
      }
    }
    try executable.step([0])
    try executable.step([3, 1, 4, 2])
    for slot in 1..<5 {
      #expect(executable.output(0, slot: slot) == executable.output(0, slot: 0))
    }
  }
}
