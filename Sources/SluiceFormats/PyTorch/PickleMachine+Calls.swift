/// The functions a checkpoint names, carried out here.
extension PickleMachine {
  mutating func globalByLines() throws(FormatError) -> PickleValue {
    let (module, name) = (try line(), try line())
    return try global(module, name)
  }

  mutating func globalFromStack() throws(FormatError) -> PickleValue {
    let parts = try pop(2)
    guard case .string(let module) = parts[0], case .string(let name) = parts[1] else {
      throw malformed("a global whose name is no text")
    }
    return try global(module, name)
  }

  private mutating func line() throws(FormatError) -> String {
    var text = [UInt8]()
    while true {
      let byte = try reader.byte()
      if byte == UInt8(ascii: "\n") { return String(decoding: text, as: UTF8.self) }
      text.append(byte)
    }
  }

  private func global(_ module: String, _ name: String) throws(FormatError) -> PickleValue {
    if let known = PickleGlobal(module: module, name: name) { return .global(known) }
    throw FormatError(
      .notAllowed,
      "\(source) names \(module.prefix(200)).\(name.prefix(200)), which is none of the tensor "
        + "functions that are known; nothing was executed. Save the network's state_dict() alone")
  }

  /// `reduce` and `newobj`: the arguments' tuple and a global are replaced by what it makes of them.
  mutating func call() throws(FormatError) {
    let parts = try pop(2)
    guard case .global(let global) = parts[0], let arguments = items(of: parts[1]) else {
      throw malformed("a call of something that is no function")
    }
    switch global {
    case .orderedDictionary: push(.dictionary, try pairs(arguments))
    case .set: push(.set, arguments.first.flatMap { items(of: $0) } ?? [])
    case .size: push(.tuple, arguments.first.flatMap { items(of: $0) } ?? [])
    case .device: stack.append(.none)
    case .parameter:
      guard let tensor = arguments.first else { throw malformed("a parameter without a tensor") }
      stack.append(tensor)
    case .tensor, .typedTensor: push(.tensor(try tensor(global, arguments)), [])
    case .storage, .elementType: throw malformed("a call of an element type")
    }
  }

  /// The pairs that `OrderedDict` is made of: none, or one list of tuples.
  private func pairs(_ arguments: [PickleValue]) throws(FormatError) -> [PickleValue] {
    guard let first = arguments.first else { return [] }
    var result = [PickleValue]()
    for pair in items(of: first) ?? [] {
      guard let both = items(of: pair), both.count == 2 else {
        throw malformed("an ordered dictionary of something else than pairs")
      }
      result += both
    }
    return result
  }

  private func tensor(
    _ global: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FormatError) -> TorchTensor {
    guard arguments.count >= 4, case .object(let index) = arguments[0],
      case .storage(var storage) = objects[index].kind, case .int(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else { throw malformed("a tensor of something else than storage, offset, shape and strides") }
    if global == .typedTensor {
      guard arguments.count >= 7, case .global(.elementType(let type)) = arguments[6] else {
        throw malformed("a tensor without its element type")
      }
      // The storage counts bytes.
      storage.count /= type.byteCount
      storage.type = type
    }
    return TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  /// Attributes of dictionaries and parameters, such as a state dict's versions, are dropped.
  mutating func build() throws(FormatError) {
    _ = try pop()
    guard case .object(let index) = try top() else { throw malformed("attributes of no object") }
    switch objects[index].kind {
    case .dictionary, .tensor: return
    default: throw malformed("attributes of an object that has none")
    }
  }

  /// `('storage', class, key, location, count)`.
  mutating func persistentID() throws(FormatError) {
    guard let parts = items(of: try pop()), parts.count == 5, parts[0] == .string("storage"),
      case .global(.storage(let type)) = parts[1], case .string(let key) = parts[2],
      case .int(let count) = parts[4], count >= 0
    else { throw malformed("a reference to something else than a storage") }
    let storage = TorchStorage(key: key, type: type ?? .element(.uint8), count: count)
    push(.storage(storage), [])
  }

  /// The items of a list, tuple or set.
  func items(of value: PickleValue) -> [PickleValue]? {
    guard case .object(let index) = value else { return nil }
    switch objects[index].kind {
    case .list, .tuple, .set: return objects[index].items
    default: return nil
    }
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard let items = items(of: value) else { return nil }
    var result = [Int]()
    for item in items {
      guard case .int(let number) = item else { return nil }
      result.append(number)
    }
    return result
  }
}
