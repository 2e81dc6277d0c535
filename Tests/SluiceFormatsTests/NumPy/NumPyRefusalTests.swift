import SluiceFormats
import SluiceGraph
import Testing

@Suite struct `NumPy files that are refused` {
  static let refusals: [(String, String)] = [
    (
      "objects.npy",
      "element type '|O' (Python objects are never unpickled); "
        + "f2 f4 f8, i1 to i8, u1 to u8, b1, U and S are read"
    ),
    (
      "complex.npy", "element type '<c16'; f2 f4 f8, i1 to i8, u1 to u8, b1, U and S are read"
    ),
    ("records.npy", "arrays of records are not read"),
  ]

  @Test(arguments: refusals)
  func `Other element types are refused by name`(name: String, message: String) {
    let path = FixtureFiles.path(name)
    let error = #expect(throws: FormatError.self) { try NPYFile.read(path: path) }
    #expect(error?.message == "\(path): \(message)")
    #expect(error?.code == .unsupported)
  }

  static let headers: [(String, String)] = [
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,)}",
      "shape [1099511627776] of <f4 needs 4398046511104 bytes, found 8"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
      "shape [4611686018427387904, 4] is beyond any file"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}",
      "shape [4611686018427387904] of <f4 needs more bytes than can be, found 8"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}",
      "the header has 'shape' holds '-1', expected a size"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
      "shape [3] of <f4 needs 12 bytes, found 8"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False}",
      "the header has not all of 'descr', 'fortran_order', 'shape'"
    ),
    ("{'descr': '<f4, 'fortran_order'", "the header has no comma after 'descr'"),
    ("{'descr': __import__('os').system('id')}", "the header has no string"),
    (
      "{'descr': '<U0', 'fortran_order': False, 'shape': (1099511627776,)}",
      "shape [1099511627776] of <U0 needs 0 bytes, found 8"
    ),
  ]

  @Test(arguments: headers)
  func `A header that contradicts the file is refused`(header: String, message: String) throws {
    let folder = try TemporaryFolder()
    let path = folder("x.npy")
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    bytes += [UInt8(header.utf8.count), 0] + Array(header.utf8) + [UInt8](repeating: 0, count: 8)
    try AtomicFile.write(bytes, to: path)
    let error = HostileFiles.outcome(header) { _ = try NPYFile.read(path: path) }
    #expect(error?.message == "\(path): \(message)")
  }

  @Test(arguments: ["version1.npy", "version3.npy"])
  func `Damaged arrays are refused or read, never more`(name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try FixtureFiles.bytes(name)
    for (index, damaged) in HostileFiles.truncations(of: bytes).enumerated() {
      try AtomicFile.write(damaged, to: folder("x"))
      #expect(HostileFiles.outcome("\(index)") { _ = try NPYFile.read(path: folder("x")) } != nil)
    }
    for damaged in HostileFiles.flips(of: bytes, seed: 11) {
      try AtomicFile.write(damaged, to: folder("x"))
      HostileFiles.outcome("flip") { _ = try NPYFile.read(path: folder("x")) }
    }
  }

  @Test(arguments: ["stored.npz", "deflated.npz"])
  func `Damaged archives are refused or read, never more`(name: String) throws {
    let bytes = try FixtureFiles.bytes(name)
    for (index, damaged) in HostileFiles.truncations(of: bytes).enumerated() {
      let file = FileContent(path: name, bytes: damaged)
      #expect(HostileFiles.outcome("\(index)") { _ = try NPZFile.read(file) } != nil)
    }
    for damaged in HostileFiles.flips(of: bytes, seed: 12) {
      let file = FileContent(path: name, bytes: damaged)
      HostileFiles.outcome("flip") { _ = try NPZFile.read(file) }
    }
  }

  @Test func `A folder, an absent file and an endless device are refused`() throws {
    let folder = try TemporaryFolder()
    for (path, message) in [
      (folder.path, "expected a file, found a folder"),
      (folder("absent"), "cannot be opened: No such file or directory"),
      ("/dev/zero", "expected a file, found a pipe or device"),
    ] {
      let error = HostileFiles.outcome(path) { _ = try NPYFile.read(path: path) }
      #expect(error?.message == "\(path): \(message)")
      #expect(error?.code == .unreadable)
    }
  }
}
