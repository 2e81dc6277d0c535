import Foundation
import Glibc
import Testing

@testable import SluiceFormats

@Suite("A file of lines that grows")
struct AppendedFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [("", "b\n"), ("a\n", "a\nb\n"), ("a", "a\nb\n")])
  func `begins on a new line, also behind one that another process left torn`(
    before: String, after: String
  ) throws {
    let path = folder("lines")
    try before.write(toFile: path, atomically: true, encoding: .utf8)
    var file = try AppendedFile(path: path)
    let outcome = file.append(Array("b\n".utf8))
    #expect(outcome.written == 2)
    #expect(outcome.failure == nil)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == after)
  }

  @Test func `is no pipe, for whose reader everybody would wait, and no folder`() throws {
    let pipe = folder("pipe")
    let status = unsafe mkfifo(pipe, 0o600)
    try #require(status == 0)
    for (path, found) in [(pipe, "a pipe"), (folder.path, "a folder")] {
      let error = #expect(throws: FormatError.self) { _ = try AppendedFile(path: path) }
      #expect(error?.message.contains("expected a file to write, found \(found)") == true)
    }
  }

  @Test func `may be a device`() throws {
    var file = try AppendedFile(path: "/dev/null")
    #expect(file.append(Array("a\n".utf8)).written == 2)
  }
}
