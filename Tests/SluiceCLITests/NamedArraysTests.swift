import SluiceFormats
import SluiceGraph
import Testing

@testable import SluiceCLI

@Suite("Arrays find the input or output they are for")
struct NamedArraysTests {
  let folder: TemporaryFolder
  let one = Tensor([Float(1), 2, 3])
  let two = Tensor([Float(4), 5])

  init() throws { folder = try TemporaryFolder() }

  private func targets(only: String? = "x") -> NamedArrays.Targets {
    NamedArrays.Targets(option: "--input", names: ["x", "h"], only: only, ignored: ["y"])
  }

  private func archive(_ entries: [(String, Tensor)]) throws -> String {
    let path = folder.file("arrays.npz")
    try NPZFile.write(entries.map { NPZFile.Entry($0.0, $0.1) }, path: path)
    return path
  }

  private func named(_ arguments: ArrayArgument..., only: String? = "x") throws -> [String: Tensor]
  {
    try NamedArrays(arguments, for: targets(only: only)).tensors
  }

  @Test func `a single array without a name is for the only input`() throws {
    let path = folder.file("x.npy")
    try NPYFile.write(one, path: path)
    #expect(try named(ArrayArgument(path: path)) == ["x": one])
  }

  @Test func `an entry with an unknown name is for the only input if it is alone`() throws {
    let path = try archive([("arr_0", one)])
    #expect(try named(ArrayArgument(path: path)) == ["x": one])
  }

  @Test func `entries go by their names and outputs among them are passed over`() throws {
    let path = try archive([("x", one), ("h", two), ("y", two)])
    #expect(try named(ArrayArgument(path: path)) == ["x": one, "h": two])
  }

  @Test func `a name takes the entry of that name, or the only one`() throws {
    let several = try archive([("x", one), ("h", two)])
    #expect(try named(ArrayArgument(name: "h", path: several)) == ["h": two])
    let single = folder.file("single.npz")
    try NPZFile.write([NPZFile.Entry("clip", one)], path: single)
    #expect(try named(ArrayArgument(name: "x", path: single)) == ["x": one])
  }

  @Test func `a key takes that entry`() throws {
    let path = try archive([("a", one), ("h", two)])
    #expect(try named(ArrayArgument(name: "x", path: path, key: "a")) == ["x": one])
    #expect(try named(ArrayArgument(path: path, key: "a")) == ["x": one])
    #expect(try named(ArrayArgument(path: path, key: "h")) == ["h": two])
  }

  @Test func `an array that could be for several inputs has to be named`() throws {
    let path = folder.file("x.npy")
    try NPYFile.write(one, path: path)
    let error = #expect(throws: CommandError.self) {
      try named(ArrayArgument(path: path), only: nil)
    }
    #expect(error?.code == .usage)
    #expect(
      error?.message == "--input \(path): say which of 'x', 'h' it is for, as NAME=FILE")
  }

  @Test func `an input given twice is wrong usage`() throws {
    let path = try archive([("x", one)])
    let error = #expect(throws: CommandError.self) {
      try named(ArrayArgument(path: path), ArrayArgument(name: "x", path: path))
    }
    #expect(error?.message == "--input gives 'x' twice")
  }

  @Test func `an unknown name is refused with those there are`() throws {
    let path = try archive([("x", one), ("mystery", two)])
    let error = #expect(throws: CommandError.self) { try named(ArrayArgument(path: path)) }
    #expect(error?.code == .refused)
    #expect(error?.message == "\(path): the network has no 'mystery'; it has 'x', 'h'")
  }

  @Test func `an absent key is refused with those there are`() throws {
    let path = try archive([("x", one), ("h", two)])
    let error = #expect(throws: CommandError.self) {
      try named(ArrayArgument(name: "x", path: path, key: "z"))
    }
    #expect(error?.message == "\(path): no array 'z'; it holds 'x', 'h'")
  }

  @Test func `what is no NumPy file is refused`() throws {
    let path = folder.file("x.npy")
    try AtomicFile.write("not numpy", to: path)
    let error = #expect(throws: FormatError.self) { try named(ArrayArgument(path: path)) }
    #expect(error?.message == "\(path): expected a NumPy file (.npy or .npz)")
  }
}
