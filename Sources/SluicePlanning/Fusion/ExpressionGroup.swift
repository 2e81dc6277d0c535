import SluiceGraph

/// Element-wise nodes of one shape that will run as one pass.
struct ExpressionGroup {
  /// The first node's name, and the last one's.
  var name: String { first == last ? first : "\(first)…\(last)" }
  private let first: String
  private var last: String
  var shape: [Int]
  /// Buffers read.
  private(set) var inputs: [Int] = []
  private(set) var steps: [Step] = []
  /// The step that gives each member's value, in the order they came.
  private(set) var members: [(value: ValueID, step: Int)] = []
  /// How often members read each other.
  private(set) var innerReads: [ValueID: Int] = [:]

  /// An operand of a step.
  enum Reference: Hashable {
    case input(Int)
    case step(Int)
  }

  /// A step before inputs are numbered.
  struct Step {
    var operands: [Reference]
    /// The step, given the numbers of its operands.
    var make: @Sendable ([Int]) -> Expression.Step
  }

  init(name: String, shape: [Int]) {
    (first, last) = (name, name)
    self.shape = shape
  }

  /// The reference of a buffer, each taken in once.
  mutating func reference(toBuffer buffer: Int) -> Reference {
    if let known = inputs.firstIndex(of: buffer) { return .input(known) }
    inputs.append(buffer)
    return .input(inputs.count - 1)
  }

  /// The reference of a member; counts the reading.
  mutating func reference(to value: ValueID) -> Reference? {
    guard let member = members.first(where: { $0.value == value }) else { return nil }
    innerReads[value, default: 0] += 1
    return .step(member.step)
  }

  mutating func append(
    _ operands: [Reference], _ make: @escaping @Sendable ([Int]) -> Expression.Step
  ) -> Reference {
    steps.append(Step(operands: operands, make: make))
    return .step(steps.count - 1)
  }

  mutating func add(_ value: ValueID, _ reference: Reference, of node: String) {
    last = node
    if case .step(let step) = reference { members.append((value, step)) }
  }

  /// Takes in all of another group of the same shape.
  mutating func merge(_ other: ExpressionGroup) {
    let inputs = other.inputs.map { reference(toBuffer: $0) }
    let first = steps.count
    for step in other.steps {
      let operands: [Reference] = step.operands.map { operand in
        switch operand {
        case .input(let index): inputs[index]
        case .step(let index): .step(first + index)
        }
      }
      steps.append(Step(operands: operands, make: step.make))
    }
    members += other.members.map { ($0.value, $0.step + first) }
    innerReads.merge(other.innerReads, uniquingKeysWith: +)
  }

  /// Members that somebody outside reads, or may read yet.
  func results(_ readers: ReaderTable) -> [(value: ValueID, step: Int)] {
    members.filter { readers.count($0.value) > innerReads[$0.value, default: 0] }
  }

  func fits(_ readers: ReaderTable) -> Bool {
    inputs.count <= Expression.inputLimit && steps.count <= Expression.stepLimit
      && results(readers).count <= Expression.resultLimit
  }

  /// The expression, with the values it gives.
  func expression(_ readers: ReaderTable) -> (Expression, [ValueID]) {
    let results = results(readers)
    func number(_ reference: Reference) -> Int {
      switch reference {
      case .input(let index): index
      case .step(let index): inputs.count + index
      }
    }
    let expression = Expression(
      inputCount: inputs.count, steps: steps.map { $0.make($0.operands.map(number)) },
      results: results.map { inputs.count + $0.step })
    return (expression, results.map(\.value))
  }
}
