/// Finds the named tensors in what a checkpoint holds.
struct StateDictionary {
  private let machine: PickleMachine
  private var visits = 0
  /// Names in the checkpoint's order, joined by dots where dictionaries nest.
  private(set) var tensors: [(name: String, tensor: TorchTensor)] = []

  /// Where training scripts put the state dict, most telling first.
  static let usualKeys = [
    "state_dict", "model_state_dict", "model_state", "model", "network", "net", "weights", "params",
    "module", "generator", "ema",
  ]

  /// Dictionaries and lists inside each other beyond this are refused.
  static let depthLimit = 16
  /// Values looked at: containers that hold each other twice at every level never end otherwise.
  static let visitLimit = 200_000
  /// Bytes of a tensor's name.
  static let nameLimit = 4096

  /// - Parameter root: the value that `machine` left.
  init(_ root: PickleValue, of machine: PickleMachine) throws(FormatError) {
    self.machine = machine
    var root = root
    for _ in 0..<StateDictionary.depthLimit {
      guard let next = usualEntry(of: root) else { break }
      root = next
    }
    try collect(root, name: "", depth: 0)
  }

  /// The entry that holds the network, if `value` is a dictionary that holds no tensor itself.
  private func usualEntry(of value: PickleValue) -> PickleValue? {
    guard case .object(let index) = value, case .dictionary = machine.objects[index].kind else {
      return nil
    }
    let items = machine.objects[index].items
    var entries = [String: PickleValue]()
    for place in stride(from: 0, to: items.count - 1, by: 2) {
      guard case .object(let member) = items[place + 1] else { continue }
      if case .tensor = machine.objects[member].kind { return nil }
      if case .dictionary = machine.objects[member].kind, case .string(let key) = items[place] {
        entries[key] = items[place + 1]
      }
    }
    return StateDictionary.usualKeys.lazy.compactMap { entries[$0] }.first
  }

  private mutating func collect(
    _ value: PickleValue, name: String, depth: Int
  ) throws(FormatError) {
    visits += 1
    guard case .object(let index) = value else { return }
    try checkLimits(name: name, depth: depth)
    let items = machine.objects[index].items
    switch machine.objects[index].kind {
    case .tensor(let tensor):
      tensors.append((name.isEmpty ? "tensor" : name, tensor))
    case .dictionary:
      for place in stride(from: 0, to: items.count - 1, by: 2) {
        guard let key = text(items[place]) else { continue }
        try collect(items[place + 1], name: joined(name, key), depth: depth + 1)
      }
    case .list, .tuple:
      for (place, item) in items.enumerated() {
        try collect(item, name: joined(name, "\(place)"), depth: depth + 1)
      }
    case .set, .storage:
      return
    }
  }

  private func checkLimits(name: String, depth: Int) throws(FormatError) {
    guard visits <= StateDictionary.visitLimit else {
      throw FormatError(.limit, "\(machine.source): more than \(StateDictionary.visitLimit) values")
    }
    guard name.utf8.count <= StateDictionary.nameLimit else {
      throw FormatError(
        .limit, "\(machine.source): a name of more than \(StateDictionary.nameLimit) bytes")
    }
    guard depth <= StateDictionary.depthLimit else {
      throw FormatError(
        .limit,
        "\(machine.source): containers nested more than \(StateDictionary.depthLimit) deep, at "
          + "'\(name.prefix(200))'")
    }
  }

  private func text(_ key: PickleValue) -> String? {
    switch key {
    case .string(let text): text
    case .int(let number): "\(number)"
    default: nil
    }
  }

  private func joined(_ prefix: String, _ name: String) -> String {
    prefix.isEmpty ? name : "\(prefix).\(name)"
  }
}
