import SluiceFormats
import SluiceGraph
import Testing

@Suite struct `NumPy files` {
  /// What `make_file_fixtures.py` wrote about one array.
  struct Expected: Decodable {
    var shape: [Int]?
    var type: ElementType?
    var values: [Double]?
    var text: [String]?
  }

  @Test(arguments: ["stored.npz", "deflated.npz"])
  func `Every element type, byte order and axis order is read as NumPy means it`(
    name: String
  ) throws {
    let expected = try FixtureFiles.decoded(
      "expected_numpy.json", as: [String: Expected].self)
    let entries = try NPZFile.read(path: FixtureFiles.path(name))
    #expect(Set(entries.map(\.name)) == Set(expected.keys))
    for entry in entries {
      let truth = try #require(expected[entry.name])
      #expect(entry.tensor?.shape == truth.shape, "\(entry.name)")
      #expect(entry.tensor?.elementType == truth.type, "\(entry.name)")
      #expect(entry.tensor?.doubles() == truth.values, "\(entry.name)")
      #expect(entry.text == truth.text, "\(entry.name)")
    }
  }

  @Test func `Entries keep the archive's order`() throws {
    let names = try NPZFile.read(path: FixtureFiles.path("stored.npz")).map(\.name)
    #expect(names.prefix(3) == ["a_lf2", "a_lf4", "a_lf8"])
  }

  @Test(arguments: 1...3)
  func `Format versions 1 to 3 are read`(version: Int) throws {
    let tensor = try NPYFile.read(path: FixtureFiles.path("version\(version).npy"))
    #expect(tensor.shape == [2, 3, 4])
    #expect(tensor.floats() == (0..<24).map { Float(($0 - 7) * 5) })
  }

  @Test func `Version 1 is written byte for byte as NumPy writes it`() throws {
    let folder = try TemporaryFolder()
    let tensor = Tensor((0..<24).map { Float(($0 - 7) * 5) }, shape: [2, 3, 4])
    try NPYFile.write(tensor, path: folder("a.npy"))
    #expect(
      try FileContent.read(path: folder("a.npy")).bytes == FixtureFiles.bytes("version1.npy"))
  }

  @Test(arguments: [false, true])
  func `What is written is read back, in order`(compressed: Bool) throws {
    let folder = try TemporaryFolder()
    let entries = [
      NPZFile.Entry("z", Tensor([Float](repeating: 1.5, count: 1000), shape: [10, 100])),
      NPZFile.Entry("scalar", Tensor(scalar: Int64(-3))),
      NPZFile.Entry("empty", Tensor(zeros: .uint16, shape: [3, 0])),
      NPZFile.Entry("flags", Tensor([true, false, true])),
      NPZFile.Entry("meta", .text(["{\"größe\": 1}"])),
      NPZFile.Entry("names", .text(["a", "", "ccc"])),
    ]
    try NPZFile.write(entries, path: folder("a.npz"), compressed: compressed)
    #expect(try NPZFile.read(path: folder("a.npz")) == entries)
    #expect(folder.names == ["a.npz"])
  }

  @Test func `The same entries give the same bytes`() throws {
    let folder = try TemporaryFolder()
    for name in ["a.npz", "b.npz"] {
      try NPZFile.write(
        [NPZFile.Entry("x", Tensor([Float(1), 2]))], path: folder(name), compressed: true)
    }
    #expect(
      try FileContent.read(path: folder("a.npz")).bytes
        == FileContent.read(path: folder("b.npz")).bytes)
  }

  @Test func `Writing fails by name and leaves nothing behind`() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: FormatError.self) {
      try NPYFile.write(Tensor([Float(1)]), path: folder("absent/a.npy"))
    }
    #expect(
      error?.message
        == "\(folder("absent/a.npy")): cannot be written: No such file or directory")
    #expect(folder.names == [])
  }

  @Test(.enabled(if: FixtureFiles.sharedModels != nil, "skipped: ../shared/models is absent"))
  func `All arrays of the shared models are read`() throws {
    for path in FixtureFiles.shared(".npz") {
      let entries = try NPZFile.read(path: path)
      #expect(!entries.isEmpty)
      for entry in entries where entry.name == "meta" {
        #expect(entry.text?.first?.hasPrefix("{\"model\": ") == true, "\(path)")
      }
    }
    for path in FixtureFiles.shared(".npy") {
      #expect(try NPYFile.read(path: path).count > 0)
    }
  }
}
