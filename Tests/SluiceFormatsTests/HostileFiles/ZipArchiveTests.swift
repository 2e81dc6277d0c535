import Testing

@testable import SluiceFormats

@Suite struct `Zip archives` {
  /// An archive of one entry per pair, stored or deflated.
  static func archive(_ entries: [(String, [UInt8])], deflated: Bool = false) throws -> [UInt8] {
    var writer = ZipWriter(path: "x.zip")
    for (name, bytes) in entries { try writer.add(name, bytes, deflated: deflated) }
    return writer.finished()
  }

  static func open(_ bytes: [UInt8]) throws -> ZipArchive {
    try ZipArchive(FileContent(path: "x.zip", bytes: bytes))
  }

  /// Sets the little-endian bytes at `offset` after the first place of `signature`.
  static func patched(
    _ bytes: [UInt8], after signature: [UInt8], at offset: Int, _ value: some FixedWidthInteger
  ) throws -> [UInt8] {
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: signature) })
    var field = [UInt8]()
    field.append(littleEndian: value)
    var copy = bytes
    copy.replaceSubrange(place + offset..<place + offset + field.count, with: field)
    return copy
  }

  static let central: [UInt8] = [0x50, 0x4B, 1, 2]
  static let end: [UInt8] = [0x50, 0x4B, 5, 6]

  @Test(arguments: [false, true])
  func `What is written is read back`(deflated: Bool) throws {
    let entries: [(String, [UInt8])] = [
      ("a", Array(repeating: 7, count: 5000)), ("folder/b", []), ("ü", [1, 2, 3]),
    ]
    let archive = try Self.open(Self.archive(entries, deflated: deflated))
    #expect(archive.entries.map(\.name) == entries.map(\.0))
    #expect(archive.entries.map(\.isDeflated) == [deflated, false, false])
    for (entry, (_, bytes)) in zip(archive.entries, entries) {
      #expect(try Array(archive.content(of: entry)) == bytes)
    }
  }

  @Test func `More entries than 16 bits count are written and read as zip64`() throws {
    let count = 70_000
    let bytes = try Self.archive((0..<count).map { ("\($0)", []) })
    #expect(try Self.open(bytes).entries.count == count)
  }

  @Test func `An empty archive is read`() throws {
    #expect(try Self.open(Self.archive([])).entries == [])
  }

  @Test func `A bomb is refused before anything is expanded`() throws {
    let bytes = try Self.archive([("a", [UInt8](repeating: 0, count: 65 << 20))], deflated: true)
    let error = HostileFiles.outcome("bomb") { _ = try Self.open(bytes) }
    #expect(
      error?.message
        == "x.zip: compressed entries expand to more than 67108864 bytes, at 'a'; "
        + "store them uncompressed")
    #expect(error?.code == .limit)
  }

  @Test func `An entry that expands beyond the size it declares is refused`() throws {
    let honest = try Self.archive([("a", [UInt8](repeating: 0, count: 100_000))], deflated: true)
    let bytes = try Self.patched(honest, after: Self.central, at: 24, 1000 as UInt32)
    let archive = try Self.open(bytes)
    let error = HostileFiles.outcome("lie") { _ = try archive.content(of: archive.entries[0]) }
    #expect(error?.message == "x.zip: entry 'a' does not expand to the 1000 bytes it declares")
  }

  static let lies: [(offset: Int, value: UInt32, message: String)] = [
    (16, 1, "x.zip: entry 'a' fails its checksum"),
    (20, 1000, "x.zip: entry 'a': cut short: 1000 bytes expected at 31, 35 found"),
    (24, 2, "x.zip: entry 'a' is stored in 3 bytes but has 2"),
    (42, 99_999, "x.zip: entry 'a' at 99999 is outside the file"),
    (42, 3, "x.zip: entry 'a' has no header at 3"),
    (8, 1, "x.zip: entry 'a' is encrypted"),
    (10, 12, "x.zip: entry 'a' has compression method 12; stored (0) and deflated (8) are read"),
  ]

  @Test(arguments: lies)
  func `A directory that contradicts the file is refused`(
    offset: Int, value: UInt32, message: String
  ) throws {
    let honest = try Self.archive([("a", [1, 2, 3]), ("b", [4])])
    let bytes =
      offset < 16
      ? try Self.patched(honest, after: Self.central, at: offset, UInt16(value))
      : try Self.patched(honest, after: Self.central, at: offset, value)
    let error = HostileFiles.outcome(message) {
      let archive = try Self.open(bytes)
      for entry in archive.entries { _ = try archive.content(of: entry) }
    }
    #expect(error?.message == message)
  }

  @Test func `Entries that share bytes are refused`() throws {
    let name = [UInt8]("a".utf8)
    let inner = try Self.archive([("b", [9])])
    // Entry a holds entry b: its header and data stand inside a's data.
    let bytes = try Self.archive([("a", inner), ("b", [9])])
    let second = try #require(
      bytes.indices.last { bytes[$0...].starts(with: Self.central) })
    var overlapping = bytes
    overlapping.replaceSubrange(second + 42..<second + 46, with: [UInt8(30 + name.count), 0, 0, 0])
    let error = HostileFiles.outcome("overlap") { _ = try Self.open(overlapping) }
    #expect(error?.message == "x.zip: entries 'a' and 'b' overlap")
  }

  @Test func `Two entries of one name are refused`() throws {
    let bytes = try Self.archive([("a", [1]), ("a", [2])])
    let error = HostileFiles.outcome("twice") { _ = try Self.open(bytes) }
    #expect(error?.message == "x.zip: two entries are called 'a'")
  }

  @Test func `A directory outside the file is refused`() throws {
    let bytes = try Self.patched(
      Self.archive([("a", [1])]), after: Self.end, at: 16, 5000 as UInt32)
    let error = HostileFiles.outcome("outside") { _ = try Self.open(bytes) }
    #expect(
      error?.message
        == "x.zip: central directory of 47 bytes at 5000 is outside the 79 before it ends")
  }
}
