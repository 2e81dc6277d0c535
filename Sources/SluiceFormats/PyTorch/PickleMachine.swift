/// Runs the pickle of a PyTorch checkpoint without Python: a stack machine whose only functions are
/// those of `PickleGlobal`. Anything else that a pickle names stops it.
///
/// Source: CPython `Lib/pickletools.py` (opcodes of protocols 2 to 5) and `torch/_weights_only_unpickler.py`.
struct PickleMachine {
  /// The file and part that errors name.
  let source: String
  private(set) var objects: [PickleObject] = []
  var reader: ByteReader
  var stack: [PickleValue] = []
  /// Heights of the stack where a mark stands.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  /// Instructions that are carried out. Each adds a bounded amount, so memory is bounded too.
  static let instructionLimit = 2_000_000
  /// Containers and tensors that are made, and values that are remembered.
  static let objectLimit = 500_000

  init(_ bytes: ArraySlice<UInt8>, source: String) {
    self.source = source
    reader = ByteReader(bytes, source: source)
  }

  /// Runs to the end and gives the value left on the stack.
  mutating func run() throws(FormatError) -> PickleValue {
    for _ in 0..<PickleMachine.instructionLimit {
      let code = try reader.byte()
      guard let instruction = PickleInstruction(rawValue: code) else {
        throw malformed("instruction \(code) is none of protocols 2 to 5")
      }
      if instruction == .stop { return try pop() }
      try perform(instruction)
      guard max(memo.count, objects.count) <= PickleMachine.objectLimit else {
        throw FormatError(.limit, "\(source): more than \(PickleMachine.objectLimit) objects")
      }
    }
    throw FormatError(
      .limit, "\(source): more than \(PickleMachine.instructionLimit) instructions")
  }

  private mutating func perform(_ instruction: PickleInstruction) throws(FormatError) {
    switch instruction {
    case .proto: try checkProtocol()
    case .frame: _ = try reader.take(8)
    case .stop: break
    case .mark: marks.append(stack.count)
    case .pop: _ = try pop()
    case .popMark: _ = try popMarked()
    case .dup: stack.append(try top())
    case .none, .newTrue, .newFalse, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat,
      .shortBinString, .binString, .shortBinUnicode, .binUnicode, .binUnicode8, .shortBinBytes,
      .binBytes, .binBytes8, .byteArray8:
      stack.append(try literal(instruction))
    case .emptyList: push(.list, [])
    case .emptyTuple: push(.tuple, [])
    case .emptySet: push(.set, [])
    case .emptyDict: push(.dictionary, [])
    case .tuple: push(.tuple, try popMarked())
    case .tuple1: push(.tuple, try pop(1))
    case .tuple2: push(.tuple, try pop(2))
    case .tuple3: push(.tuple, try pop(3))
    case .list: push(.list, try popMarked())
    case .dict: push(.dictionary, try popMarked())
    case .frozenSet: push(.set, try popMarked())
    case .append: try extend(.list, try pop(1))
    case .appends: try extend(.list, try popMarked())
    case .addItems: try extend(.set, try popMarked())
    case .setItem: try extend(.dictionary, try pop(2))
    case .setItems: try extend(.dictionary, try popMarked())
    case .binPut: try remember(Int(try reader.byte()))
    case .longBinPut: try remember(Int(try reader.integer(UInt32.self)))
    case .memoize: try remember(memo.count)
    case .binGet: try recall(Int(try reader.byte()))
    case .longBinGet: try recall(Int(try reader.integer(UInt32.self)))
    case .global: stack.append(try globalByLines())
    case .stackGlobal: stack.append(try globalFromStack())
    case .reduce, .newObject: try call()
    case .build: try build()
    case .binPersistentID: try persistentID()
    }
  }

  private mutating func checkProtocol() throws(FormatError) {
    let version = try reader.byte()
    guard (2...5).contains(version) else {
      throw FormatError(
        .unsupported, "\(source): pickle protocol \(version); protocols 2 to 5 are read")
    }
  }

  // MARK: The stack

  func top() throws(FormatError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw underflow() }
    return value
  }

  mutating func pop() throws(FormatError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  mutating func pop(_ count: Int) throws(FormatError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw underflow() }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popMarked() throws(FormatError) -> [PickleValue] {
    guard let height = marks.popLast() else { throw malformed("no mark on the stack") }
    defer { stack.removeSubrange(height...) }
    return Array(stack[height...])
  }

  mutating func push(_ kind: PickleObject.Kind, _ items: [PickleValue]) {
    stack.append(.object(objects.count))
    objects.append(PickleObject(kind: kind, items: items))
  }

  private mutating func extend(
    _ kind: PickleObject.Kind, _ items: [PickleValue]
  ) throws(FormatError) {
    guard case .object(let index) = try top() else { throw malformed("no container to add to") }
    switch (objects[index].kind, kind) {
    case (.list, .list), (.set, .set): break
    case (.dictionary, .dictionary):
      guard items.count.isMultiple(of: 2) else { throw malformed("a key without a value") }
    default: throw malformed("a container of another kind to add to")
    }
    objects[index].items += items
  }

  private mutating func remember(_ number: Int) throws(FormatError) {
    memo[number] = try top()
  }

  private mutating func recall(_ number: Int) throws(FormatError) {
    guard let value = memo[number] else { throw malformed("nothing remembered as \(number)") }
    stack.append(value)
  }

  private func underflow() -> FormatError { malformed("too little on the stack") }

  func malformed(_ what: String) -> FormatError {
    FormatError(.malformed, "\(source): damaged pickle: \(what), before byte \(reader.offset)")
  }
}
