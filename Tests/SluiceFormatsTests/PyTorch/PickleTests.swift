import SluiceGraph
import Testing

@testable import SluiceFormats

@Suite struct `Hostile pickles` {
  @Test func `A view of a storage is read`() throws {
    let pickle = PickleFixture.tensor(offset: 1, shape: [2, 3], strides: [1, 2])
    let file = try PickleFixture.read(pickle)
    #expect(file["t"] == Tensor([Float(1), 3, 5, 2, 4, 6], shape: [2, 3]))
  }

  @Test func `Axes of size 1 and 0 may have any stride`() throws {
    let one = try PickleFixture.read(
      PickleFixture.tensor(shape: [1, 2, 1], strides: [.max, 4, .max]))
    #expect(one["t"] == Tensor([Float(0), 4], shape: [1, 2, 1]))
    let none = try PickleFixture.read(
      PickleFixture.tensor(offset: .max, shape: [0, 2], strides: [.max, 4]))
    #expect(none["t"] == Tensor(zeros: .float32, shape: [0, 2]))
  }

  static let views: [(count: Int, offset: Int, shape: [Int], strides: [Int], message: String)] = [
    (
      8, 0, [9], [1],
      "shape [9] with strides [1] at 0 is outside its storage of 8 elements"
    ),
    (
      8, 6, [2, 2], [1, 2],
      "shape [2, 2] with strides [1, 2] at 6 is outside its storage of 8 elements"
    ),
    (8, -1, [2], [1], "shape [2], strides [1]"),
    (8, 0, [-2], [1], "shape [-2], strides [1]"),
    (8, 0, [2], [1, 1], "shape [2], strides [1, 1]"),
    (
      8, 7, [2], [-1],
      "shape [2] with strides [-1] at 7 is outside its storage of 8 elements"
    ),
    (
      8, 0, [3], [.max],
      "shape [3] with strides [9223372036854775807] at 0 is outside its storage of 8 elements"
    ),
    (8, 0, [1 << 40], [0], "views take more than 67108864 bytes together"),
    (8, 0, [1 << 40, 1 << 40], [0, 0], "shape [1099511627776, 1099511627776], strides [0, 0]"),
    (
      1 << 40, 0, [2], [1], "storage of 1099511627776 elements of 4 bytes, found 32 bytes"
    ),
  ]

  @Test(arguments: views)
  func `A view outside its storage is refused`(
    count: Int, offset: Int, shape: [Int], strides: [Int], message: String
  ) {
    let pickle = PickleFixture.tensor(
      count: count, offset: offset, shape: shape, strides: strides)
    let error = HostileFiles.outcome(message) { _ = try PickleFixture.read(pickle) }
    #expect(error?.message == "x.pt: tensor 't': \(message)")
  }

  /// Instructions written as text, where a Latin-1 character is its byte.
  static func code(_ text: String) -> [UInt8] {
    [0x80, 2] + text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  static func times(_ count: Int, _ text: String) -> String {
    String(repeating: text, count: count)
  }

  static let foreign =
    ", which is none of the tensor functions that are known; nothing was executed. "
    + "Save the network's state_dict() alone"

  static let refused: [(name: String, pickle: [UInt8], message: String)] = [
    (
      "os.system", code("cos\nsystem\n(X\u{2}\0\0\0idtR."), "data.pkl names os.system" + foreign
    ),
    (
      "os.system by protocol 4", code("\u{8C}\u{2}os\u{8C}\u{6}system\u{93}."),
      "data.pkl names os.system" + foreign
    ),
    ("a look-alike", code("ctorch\nos.Storage\n."), "data.pkl names torch.os.Storage" + foreign),
    (
      "a chain of tuples", code(")" + times(600_000, "\u{85}") + "."),
      "data.pkl: more than 500000 objects"
    ),
    (
      "instructions without end", code(times(2_000_001, "N0") + "."),
      "data.pkl: more than 2000000 instructions"
    ),
    (
      "nothing left", code("."),
      "data.pkl: damaged pickle: too little on the stack, before byte 3"
    ),
    (
      "protocol 0", Array("(lp0\nI1\na.".utf8),
      "data.pkl: damaged pickle: instruction 112 is none of protocols 2 to 5, before byte 3"
    ),
    (
      "protocol 9", [0x80, 9, UInt8(ascii: ".")],
      "data.pkl: pickle protocol 9; protocols 2 to 5 are read"
    ),
    (
      "a value below the mark", code("N(0."),
      "data.pkl: damaged pickle: too little on the stack, before byte 5"
    ),
    (
      "a call of a list", code("])R."),
      "data.pkl: damaged pickle: a call of something that is no function, before byte 5"
    ),
    (
      "a long string", code("X\u{FF}\u{FF}\u{FF}\u{7F}a."),
      "data.pkl: cut short: 2147483647 bytes expected at 7, 2 found"
    ),
  ]

  @Test(arguments: refused)
  func `A pickle that does more than name tensors is refused`(
    name: String, pickle: [UInt8], message: String
  ) {
    let error = HostileFiles.outcome(name) { _ = try PickleFixture.read(pickle) }
    #expect(error?.message == "x.pt: \(message)", "\(name)")
  }

  /// A dictionary `{"a": container}` where `container` nests without end.
  static func nested(_ container: String) -> [UInt8] {
    code("}X\u{1}\0\0\0a" + container + "s.")
  }

  static let nests: [(name: String, pickle: [UInt8], message: String)] = [
    (
      "lists in lists", nested(times(100_000, "]") + times(99_999, "a")),
      "containers nested more than 16 deep, at 'a" + times(16, ".0") + "'"
    ),
    (
      "a list of itself", nested("]q\0h\0a"),
      "containers nested more than 16 deep, at 'a" + times(16, ".0") + "'"
    ),
    (
      "lists of the same list many times over",
      nested("]q\0" + times(14, "0](" + times(50, "h\0") + "eq\0")),
      "more than 200000 values"
    ),
  ]

  @Test(arguments: nests)
  func `Containers nested without end are refused`(
    name: String, pickle: [UInt8], message: String
  ) {
    let error = HostileFiles.outcome(name) { _ = try PickleFixture.read(pickle) }
    #expect(error?.message == "x.pt: data.pkl: \(message)", "\(name)")
  }
}
