import FoundationEssentials
import Glibc
import Sluice
import Testing

struct OtherProcessTests {
  @Test("a stream goes on in another process from a file, bit for bit")
  func otherProcess() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/sluice-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let session = try TinyNetwork.pairSums.engine().openSession()
    for i in 0..<5 { try await session.step(frame(i)) }
    try session.snapshot().write(to: folder + "/before")
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      let session = try TinyNetwork.pairSums.engine().openSession()
      let report = try session.restore(Snapshot(contentsOf: folder + "/before"))
      guard report.isBitIdentical else { exit(EXIT_FAILURE) }
      for i in 5..<8 { try await session.step(frame(i)) }
      try session.snapshot().write(to: folder + "/after")
    }
    for i in 5..<8 { try await session.step(frame(i)) }
    #expect(try Snapshot(contentsOf: folder + "/after") == session.snapshot())
  }
}
