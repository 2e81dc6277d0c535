import SluiceFormats
import SluiceGraph
import Testing

/// What `make_file_fixtures.py` wrote about one tensor.
struct ExpectedTensor: Decodable {
  var shape: [Int]
  var type: ElementType
  var values: [Double]

  /// Checks all tensors of a file against `expected_….json`.
  static func check(_ file: TensorFile, _ fixture: String) throws {
    let expected = try FixtureFiles.decoded(fixture, as: [String: ExpectedTensor].self)
    #expect(Set(file.entries.map(\.name)) == Set(expected.keys))
    for (name, truth) in expected {
      let tensor = try #require(file[name], "\(name)")
      #expect(tensor.shape == truth.shape, "\(name)")
      #expect(tensor.elementType == truth.type, "\(name)")
      #expect(tensor.doubles() == truth.values, "\(name)")
    }
  }
}

@Suite struct `Safetensors files` {
  /// A file with this header and so many zero bytes behind it.
  static func file(_ header: String, data: Int = 0) -> FileContent {
    var bytes = [UInt8]()
    bytes.append(
      contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) })
    bytes += Array(header.utf8) + [UInt8](repeating: 0, count: data)
    return FileContent(path: "x.safetensors", bytes: bytes)
  }

  @Test func `Every element type is read`() throws {
    let file = try SafetensorsFile.read(path: FixtureFiles.path("types.safetensors"))
    try ExpectedTensor.check(file, "expected_types.json")
  }

  @Test func `Escapes in names are read`() throws {
    let header = #"{"a\"\u00e4\ud834\udd1e\n": {"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#
    let file = try SafetensorsFile.read(Self.file(header, data: 4))
    #expect(file.entries.map(\.name) == ["a\"ä𝄞\n"])
  }

  static let refusals: [(header: String, data: Int, message: String)] = [
    ("[]", 0, "the header is a list, expected an object"),
    ("{", 0, "header: not JSON: no string at byte 1"),
    ("{} x", 0, "header: not JSON: text after the end at byte 3"),
    (#"{"a": 1}"#, 0, "tensor 'a': no 'dtype'"),
    (
      #"{"a": {"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#, 1,
      "tensor 'a': element type F8_E4M3; "
        + "BF16 BOOL F16 F32 F64 I16 I32 I64 I8 U16 U32 U64 U8 are read"
    ),
    (
      #"{"a": {"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
      "tensor 'a': 'shape' and 'data_offsets' are not lists of sizes in order"
    ),
    (
      #"{"a": {"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
      "tensor 'a': 'shape' and 'data_offsets' are not lists of sizes in order"
    ),
    (
      #"{"a": {"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4]}}"#, 4,
      "tensor 'a': shape [1099511627776] of F32 does not take the 4 bytes it has"
    ),
    (
      #"{"a": {"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
      "tensor 'a': shape [4611686018427387904, 4] of F32 does not take the 0 bytes it has"
    ),
    (
      #"{"a": {"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#, 4,
      "tensor 'a' lies at 0 to 4398046511104 of 4 bytes; expected it to start at 0"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#, 6,
      "tensor 'b' lies at 2 to 6 of 6 bytes; expected it to start at 4"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 3,
      "tensors hold 1 bytes, found 3 after the header"
    ),
    (#"{"a":{},"a":{}}"#, 0, "header: not JSON: key 'a' twice at byte 11"),
    (
      String(repeating: #"{"a":["#, count: 50_000), 0,
      "header: lists and objects nested more than 64 deep"
    ),
  ]

  @Test(arguments: refusals)
  func `A header that contradicts the file is refused`(
    header: String, data: Int, message: String
  ) {
    let file = Self.file(header, data: data)
    let error = HostileFiles.outcome(message) { _ = try SafetensorsFile.read(file) }
    #expect(error?.message == "x.safetensors: \(message)")
  }

  @Test func `A header longer than the file, or than any header, is refused`() {
    for (length, message) in [
      (1 << 40, "header of 1099511627776 bytes; at most 16777216 are read"),
      (1 << 20, "cut short: 1048576 bytes expected at 8, 2 found"),
    ] {
      var bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
      bytes += Array("{}".utf8)
      let file = FileContent(path: "x.safetensors", bytes: bytes)
      let error = HostileFiles.outcome(message) { _ = try SafetensorsFile.read(file) }
      #expect(error?.message == "x.safetensors: \(message)")
    }
  }

  @Test func `Damaged files are refused or read, never more`() throws {
    let bytes = try FixtureFiles.bytes("types.safetensors")
    for (index, damaged) in HostileFiles.truncations(of: bytes).enumerated() {
      let file = FileContent(path: "x", bytes: damaged)
      #expect(HostileFiles.outcome("\(index)") { _ = try SafetensorsFile.read(file) } != nil)
    }
    for damaged in HostileFiles.flips(of: bytes, seed: 21) {
      let file = FileContent(path: "x", bytes: damaged)
      HostileFiles.outcome("flip") { _ = try SafetensorsFile.read(file) }
    }
  }

  @Test(.enabled(if: FixtureFiles.sharedModels != nil, "skipped: ../shared/models is absent"))
  func `All safetensors of the shared models are read`() throws {
    for path in FixtureFiles.shared(".safetensors") {
      let file = try SafetensorsFile.read(path: path)
      #expect(!file.entries.isEmpty, "\(path)")
    }
  }
}
