import FoundationEssentials
import Glibc
import SluiceFormats
import Testing

@Suite struct `Files that are written whole` {
  private func text(_ path: String) throws -> String {
    String(decoding: try FileContent.read(path: path).bytes, as: UTF8.self)
  }

  @Test func `A file is replaced and keeps its permissions`() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder("a"))
    unsafe chmod(folder("a"), 0o640)
    try AtomicFile.write("new", to: folder("a"))
    #expect(try text(folder("a")) == "new")
    var status = stat()
    unsafe stat(folder("a"), &status)
    #expect(status.st_mode & 0o777 == 0o640)
    #expect(folder.names == ["a"])
  }

  @Test func `A symbolic link stays and its target is replaced`() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder("a"))
    try FileManager.default.createSymbolicLink(
      atPath: folder("link"), withDestinationPath: folder("a"))
    try AtomicFile.write("new", to: folder("link"))
    #expect(try text(folder("a")) == "new")
    #expect(folder.names == ["a", "link"])
  }

  @Test func `A device is written to directly`() throws {
    try AtomicFile.write("gone", to: "/dev/null")
  }

  @Test func `A folder is refused and stays`() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: FormatError.self) { try AtomicFile.write("x", to: folder.path) }
    #expect(error?.message == "\(folder.path): expected a file to write, found a folder")
    #expect(folder.names == [])
  }

  @Test func `A file longer than its limit is refused before it is read`() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("1234", to: folder("a"))
    let error = #expect(throws: FormatError.self) {
      try FileContent.read(path: folder("a"), limit: 3)
    }
    #expect(error?.message == "\(folder("a")): 4 bytes; a file of this kind may have 3")
    #expect(error?.code == .limit)
  }
}
