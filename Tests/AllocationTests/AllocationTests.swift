import AllocationCounter
import Glibc
import Sluice
import SluiceTestSupport
import Testing

/// Steps in the caller's memory, counted in processes of their own, where nothing else allocates.
struct AllocationTests {
  static let steps = 10_000

  @Test("the counter counts")
  func counter() {
    let before = allocation_count()
    for size in 1...100 { _ = Kept(size: size) }
    #expect(allocation_count() - before >= 100)
  }

  @Test("a synchronous step on the CPU backend allocates nothing")
  func synchronous() async {
    await #expect(processExitsWith: .success) {
      let session = try AllocationTests.engine().openSession()
      let found = try AllocationTests.allocations(of: session, inputs: 1024, outputs: 8)
      try AllocationTests.check(found, atMost: 0)
    }
  }

  @Test("a step that is awaited allocates at most once, also where it has to wait")
  func awaited() async {
    await #expect(processExitsWith: .success) {
      let engine = try AllocationTests.engine()
      let sessions = try (0..<4).map { _ in try engine.openSession() }
      try await AllocationTests.stepAwaiting(sessions[0], 100)
      let before = allocation_count()
      try await AllocationTests.stepAwaiting(sessions[0], AllocationTests.steps)
      try AllocationTests.check(allocation_count() - before, atMost: AllocationTests.steps)
      let between = allocation_count()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for session in sessions {
          group.addTask { try await AllocationTests.stepAwaiting(session, AllocationTests.steps) }
        }
        try await group.waitForAll()
      }
      try AllocationTests.check(allocation_count() - between, atMost: 4 * AllocationTests.steps)
    }
  }

  private static func engine() throws -> Engine {
    let path = PackageFolder.file("Examples/video-actions/video-actions.onnx")
    return try Engine(Model(path: path), EngineOptions(backend: .cpu))
  }

  /// Those of 10,000 steps that block, after 100.
  private static func allocations(
    of session: Session, inputs: Int, outputs: Int
  ) throws -> Int {
    let frame = [Float](repeating: 1, count: inputs)
    var output = [Float](repeating: 0, count: outputs)
    var room = output.mutableSpan
    for _ in 0..<100 { try session.step(frame.span, into: &room) }
    let before = allocation_count()
    for _ in 0..<steps { try session.step(frame.span, into: &room) }
    return allocation_count() - before
  }

  private static func stepAwaiting(_ session: Session, _ count: Int) async throws {
    let frame = [Float](repeating: 1, count: 1024)
    var output = [Float](repeating: 0, count: 8)
    for _ in 0..<count { try await session.step(frame, into: &output) }
  }

  private static func check(_ found: Int, atMost limit: Int) throws {
    guard found > limit else { return }
    print("\(found) allocations, at most \(limit) are allowed")
    exit(EXIT_FAILURE)
  }
}

/// Something that has to be allocated.
private final class Kept {
  let bytes: [UInt8]

  init(size: Int) { bytes = Array(repeating: 0, count: size) }
}
