import FoundationEssentials
import ONNXProtocol
import SluiceFormats
import SluiceTestSupport
import Testing

/// Files made to harm: an error within a second and in little memory (`HostileFiles`), no crash.
@Suite(.serialized) struct `ONNX hostile files` {
  static let victims = [
    "gru_bidirectional", "lstm_layout_1", "if_then_then", "functions", "half_data", "typed_data",
    "constant_forms", "quantize_21_blocks", "upsample_7", "convtranspose_padding", "external",
  ]

  static func load(_ bytes: [UInt8]) throws {
    _ = try ONNXFile.load(bytes: bytes, name: "x.onnx", folder: ONNXFixtures.path("."))
  }

  @Test(arguments: victims)
  func `Every file that is cut short is refused`(name: String) throws {
    let bytes = try ONNXFixtures.bytes("\(name).onnx")
    for (length, prefix) in HostileFiles.truncations(of: bytes).enumerated() {
      let error = HostileFiles.outcome("\(name), cut \(length)") { try Self.load(prefix) }
      #expect(error != nil, "\(name), cut \(length)")
    }
  }

  @Test(arguments: victims)
  func `A file with bits turned over is read or refused`(name: String) throws {
    let bytes = try ONNXFixtures.bytes("\(name).onnx")
    let seed: UInt64 = 11
    for (index, damaged) in HostileFiles.flips(of: bytes, seed: seed).enumerated() {
      HostileFiles.outcome("\(name), flip \(index) of seed \(seed)") { try Self.load(damaged) }
    }
  }

  @Test func `Noise is refused`() {
    var random = SeededGenerator(seed: 3)
    for length in 1..<200 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(HostileFiles.outcome("noise \(length)") { try Self.load(bytes) } != nil)
    }
  }

  @Test func `A length beyond the file's end is refused`() {
    let bytes: [UInt8] = [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
    let error = HostileFiles.outcome("length") { try Self.load(bytes) }
    #expect(error?.message == "x.onnx: not an ONNX file, or cut short")
    #expect(error?.code == .malformed)
  }

  // MARK: Size

  @Test func `Millions of empty nodes are refused before they are decoded`() {
    let nodes = [UInt8]((0..<2_000_000).flatMap { _ in [0x0A, 0x00] as [UInt8] })
    let error = HostileFiles.outcome("nodes") { try Self.load(message(7, nodes)) }
    #expect(
      error?.message
        == "x.onnx: its nodes and other parts would take more than 128 MiB of memory")
    #expect(error?.code == .limit)
  }

  /// Found by damaging files at random.
  @Test func `Empty weights with dimensions that overflow are read`() throws {
    let gru = node("GRU", ["i", "w", "r"], ["y"], attribute("hidden_size", 2))
    let builder = model(gru) {
      $0.graph.input = [value("i", [4, 1, 3]), value("r", [1, 6, 2])]
      $0.graph.initializer = [floats("w", [0, 6, 1 << 62, 8], [])]
    }
    #expect(try builder.refusal() == nil)
  }

  @Test func `Thousands of equal names and unknown dimensions take no time`() throws {
    let builder = model(node("Abs", ["x"], ["y"])) { model in
      let unknown = value("v", [-1])
      model.graph.valueInfo = Array(repeating: unknown, count: 20_000)
      model.graph.node += (0..<5000).map { node("Abs", ["x"], ["z\($0)"], name: "same") }
    }
    #expect(try builder.refusal() == nil)
  }

  @Test func `Shapes whose formulas double at every node take no time`() throws {
    let nodes = (0..<60).flatMap { step in
      [
        node(
          "MaxPool", ["p\(step)"], ["a\(step)"], attribute("kernel_shape", [2]),
          attribute("strides", [2])),
        node("Concat", ["a\(step)", "p\(step)"], ["p\(step + 1)"], attribute("axis", 2)),
      ]
    }
    let builder = model(node("Abs", ["p60"], ["y"])) {
      $0.graph.node = nodes + $0.graph.node
      $0.graph.input = [value("p0", [1, 1, -1])]
    }
    #expect(try builder.refusal() == nil)
  }

  // MARK: Depth

  /// `depth` conditions inside each other, written inside out.
  static func nestedBranches(_ depth: Int) -> [UInt8] {
    var graph = message(12, message(1, Array("y".utf8)))
    for _ in 0..<depth {
      let attribute =
        message(1, Array("then_branch".utf8)) + message(6, graph) + [0xA0, 0x01, 5]
      let node =
        message(1, Array("x".utf8)) + message(2, Array("y".utf8)) + message(4, Array("If".utf8))
        + message(5, attribute)
        + message(5, message(1, Array("else_branch".utf8)) + message(6, []) + [0xA0, 0x01, 5])
      graph = message(1, node) + message(12, message(1, Array("y".utf8)))
    }
    return [0x08, 8] + message(7, graph) + message(8, [0x10, 13])
  }

  @Test(arguments: [40, 1000, 10_000])
  func `Branches nested without end are refused`(depth: Int) {
    let bytes = Self.nestedBranches(depth)
    let error = HostileFiles.outcome("depth \(depth)") { try Self.load(bytes) }
    #expect(error?.message == "x.onnx: graphs are nested more than 32 deep")
    #expect(error?.code == .limit)
  }

  @Test func `Branches at the limit are read`() throws {
    func nested(_ depth: Int) -> ONNXGraphProto {
      guard depth > 0 else { return branch(node("Abs", ["x"], ["r"]), output: "r") }
      let inner = nested(depth - 1)
      let choice = node(
        "If", ["c"], ["r"], attribute("then_branch", inner), attribute("else_branch", inner))
      return branch(choice, output: "r")
    }
    // Two branches everywhere would be 2^32 graphs; one side is flat here.
    func chain(_ depth: Int) -> ONNXGraphProto {
      var graph = nested(0)
      for _ in 0..<depth {
        graph = branch(
          node(
            "If", ["c"], ["r"], attribute("then_branch", graph),
            attribute("else_branch", nested(0))), output: "r")
      }
      return graph
    }
    for (depth, isRead) in [(32, true), (33, false)] {
      var builder = ModelBuilder()
      builder.model.graph = chain(depth)
      builder.model.graph.input = [value("x", [1]), value("c", [], type: 9)]
      #expect(try (builder.refusal() == nil) == isRead, "\(depth)")
    }
  }

  /// Functions that call the one before them `calls` times.
  static func functions(_ count: Int, calls: Int) -> ModelBuilder {
    model(node("f\(count)", ["x"], ["y"], domain: "d")) {
      $0.functions = (1...count).map { number in
        .with {
          $0.name = "f\(number)"
          $0.domain = "d"
          $0.input = ["a"]
          $0.output = ["b"]
          $0.node = (0..<calls).map { call in
            number == 1
              ? node("Abs", ["a"], [call == 0 ? "b" : "b\(call)"])
              : node("f\(number - 1)", ["a"], [call == 0 ? "b" : "b\(call)"], domain: "d")
          }
        }
      }
    }
  }

  @Test(arguments: [(60, 2), (10_000, 1)])
  func `Functions that grow without bound are refused`(count: Int, calls: Int) throws {
    let error = try #require(try Self.functions(count, calls: calls).refusal())
    #expect(error.code == .limit)
    #expect(
      error.message.hasSuffix(
        "functions call each other more than 64 deep or make more than "
          + "100000 nodes"))
  }

  @Test func `A function that calls itself is refused, inside a branch as well`() throws {
    var builder = Self.functions(1, calls: 1)
    let call = node("f1", ["a"], ["b"], domain: "d")
    builder.model.functions[0].node = [call]
    #expect(try builder.refusal()?.code == .limit)
    let inner = branch(node("f1", ["a"], ["c"], domain: "d"), output: "c")
    builder.model.functions[0].node = [
      node("If", ["a"], ["b"], attribute("then_branch", inner), attribute("else_branch", inner))
    ]
    #expect(try builder.refusal()?.code == .limit)
  }

  // MARK: External data

  static func external(_ location: String, offset: String = "0", length: String? = nil) throws
    -> [UInt8]
  {
    try model(node("Add", ["x", "w"], ["y"])) {
      $0.graph.initializer = [
        .with {
          ($0.name, $0.dataType, $0.dims, $0.dataLocation) = ("w", 1, [4], .external)
          var entries = ["location": location, "offset": offset]
          entries["length"] = length
          $0.externalData = entries.sorted { $0.key < $1.key }.map { key, value in
            .with { ($0.key, $0.value) = (key, value) }
          }
        }
      ]
    }.bytes()
  }

  @Test(arguments: ["../../etc/passwd", "/etc/passwd", "a/../../b", ".."])
  func `External data outside the model's folder is refused`(location: String) throws {
    let bytes = try Self.external(location)
    let error = HostileFiles.outcome(location) { try Self.load(bytes) }
    #expect(
      error?.message
        == "x.onnx: tensor \"w\": its external data \"\(location)\" lies outside the model's folder"
    )
    #expect(error?.code == .notAllowed)
  }

  @Test func `A symbolic link out of the folder is refused`() throws {
    let folder = try TemporaryFolder()
    let secret = try TemporaryFolder()
    try AtomicFile.write([UInt8](repeating: 1, count: 16), to: secret("data"))
    try FileManager.default.createSymbolicLink(
      atPath: folder("link"), withDestinationPath: secret("data"))
    try FileManager.default.createSymbolicLink(
      atPath: folder("folder"), withDestinationPath: secret.path)
    for location in ["link", "folder/data"] {
      let bytes = try Self.external(location)
      let error = HostileFiles.outcome(location) {
        _ = try ONNXFile.load(bytes: bytes, name: "x.onnx", folder: folder.path)
      }
      #expect(
        error?.message
          == "x.onnx: tensor \"w\": its external data \"\(location)\" leads outside the model's "
          + "folder")
      #expect(error?.code == .notAllowed)
    }
  }

  static let extents: [(offset: String, length: String?, message: String)] = [
    ("12", nil, "16 bytes at 12 reach beyond the 24 bytes of \"external.bin\""),
    (
      "9223372036854775807", nil,
      "16 bytes at 9223372036854775807 reach beyond the 24 bytes of \"external.bin\""
    ),
    ("-1", nil, "its external data's offset is \"-1\", not a size"),
    ("0", "1099511627776", "it takes 16 bytes, its external data has 1099511627776"),
  ]

  @Test(arguments: extents)
  func `External data is checked against its file`(
    offset: String, length: String?, message: String
  ) throws {
    let bytes = try Self.external("external.bin", offset: offset, length: length)
    let error = HostileFiles.outcome(message) { try Self.load(bytes) }
    #expect(error?.message == "x.onnx: tensor \"w\": \(message)")
  }

  @Test func `External data that is absent, a folder, or not to be had is refused`() throws {
    let folder = try TemporaryFolder()
    let absent = try Self.external("none.bin")
    let error = HostileFiles.outcome("absent") {
      _ = try ONNXFile.load(bytes: absent, name: "x.onnx", folder: folder.path)
    }
    #expect(
      error?.message
        == "x.onnx: tensor \"w\": its external data \"none.bin\" cannot be read: "
        + "No such file or directory")
    let own = try Self.external(".")
    #expect(
      HostileFiles.outcome("folder") {
        _ = try ONNXFile.load(bytes: own, name: "x.onnx", folder: folder.path)
      } != nil)
    let alone = HostileFiles.outcome("alone") {
      _ = try ONNXFile.load(bytes: absent, name: "x.onnx")
    }
    #expect(
      alone?.message
        == "x.onnx: tensor \"w\": external data needs a folder; the model came without one")
  }
}

/// A length-delimited field.
private func message(_ field: UInt8, _ content: [UInt8]) -> [UInt8] {
  var bytes: [UInt8] = [field << 3 | 2]
  var length = content.count
  while length >= 0x80 {
    bytes.append(UInt8(length & 0x7F) | 0x80)
    length >>= 7
  }
  bytes.append(UInt8(length))
  return bytes + content
}
