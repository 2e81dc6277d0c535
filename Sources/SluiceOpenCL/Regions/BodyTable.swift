/// The distinct bodies of a kernel and the calls of them in order, written as one loop over a table with
/// a switch, so that a body that many operations share is compiled once: compilers that inline every
/// call otherwise compile it at each.
struct BodyTable {
  /// What decides a function's code.
  struct Body: Hashable {
    var text: String
    /// In order, by name; all but the function's own name.
    var macros: [String]
    /// Per operand, nil where it is absent.
    var spaces: [Location.Space?]
    /// Operands that are read; they come first.
    var reads: Int

    /// Whether it may refuse the step.
    var refuses: Bool { text.contains("STATUS") }
  }

  struct Call {
    var body: Int
    /// Number in the plan, for the status word.
    var operation: Int
    /// Whether the group meets before it.
    var needsBarrier: Bool
    /// Runs in the first `firstSteps` steps of a stream only; nil for always.
    var firstSteps: Int?
    /// Bytes from the beginning of each operand's row.
    var offsets: [Int]
  }

  private(set) var bodies: [Body] = []
  private(set) var calls: [Call] = []
  private var numbers: [Body: Int] = [:]

  /// The number of a body for `Call.body`.
  mutating func number(of body: Body) -> Int {
    if let number = numbers[body] { return number }
    bodies.append(body)
    numbers[body] = bodies.count - 1
    return bodies.count - 1
  }

  mutating func add(_ call: Call) { calls.append(call) }

  // MARK: Text

  /// A function for each body, between definitions that end with it.
  var functions: [String] {
    bodies.enumerated().flatMap { number, body in
      let macros =
        ["NAME body_\(number)"]
        + body.spaces.enumerated().map { "S\($0.offset) \($0.element?.qualifier ?? "__global")" }
        + body.macros
      return macros.map { "#define \($0)" } + [body.text]
        + macros.map { "#undef \($0.prefix { $0 != "(" && $0 != " " })" }
    }
  }

  /// Rows {body, barrier, operation, first steps, offsets…}.
  var rows: [String] {
    guard !calls.isEmpty else { return [] }
    let width = Self.head + (calls.map(\.offsets.count).max() ?? 0)
    let isWide = calls.contains { $0.offsets.contains { $0 > Int(UInt32.max) } }
    let entries = calls.map { call in
      let steps = call.firstSteps ?? Int(Int32.max)
      let row = [call.body, call.needsBarrier ? 1 : 0, call.operation, steps] + call.offsets
      return "{" + row.map(String.init).joined(separator: ", ") + "},"
    }
    let type = isWide ? "ulong" : "uint"
    return ["typedef \(type) place;", "__constant place calls[\(calls.count)][\(width)] = {"]
      + entries + ["};"]
  }

  /// Entries of a row before the offsets.
  private static let head = 4

  /// Of a row with so many offsets, where those fit 32 bits.
  static func rowByteCount(operands: Int) -> Int { 4 * (head + operands) }

  /// The statements that run the calls for `stream`.
  ///
  /// - Parameter barriers: whether a group has more than one work-item.
  func loop(barriers: Bool) -> [String] {
    guard !calls.isEmpty else { return [] }
    return [
      "    for (int call = 0; call < \(calls.count); call++) {",
      "      __constant const place *at = calls[call];",
    ] + (barriers ? ["      if (at[1]) BARRIER"] : [])
      + (calls.contains { $0.firstSteps != nil }
        ? ["      if (stream.z >= (int)at[3]) continue;"] : [])
      + ["      switch (at[0]) {"]
      + bodies.indices.map { "        case \($0): \(invocation($0)) break;" }
      + ["      }", "    }"]
  }

  private func invocation(_ number: Int) -> String {
    let body = bodies[number]
    var arguments = body.spaces.enumerated().map { index, space in
      guard let space else { return "0" }
      let type = space.qualifier + (index < body.reads ? " const void *" : " void *")
      return "(\(type))(\(space.rawValue) + at[\(Self.head + index)])"
    }
    if body.refuses { arguments.append("status, at[2]") }
    return "body_\(number)(\(arguments.joined(separator: ", ")));"
  }
}
