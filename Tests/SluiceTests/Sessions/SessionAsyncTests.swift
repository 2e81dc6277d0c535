import Sluice
import Testing

struct SessionAsyncTests {
  @Test("a step of arrays gives what a step of tensors gives, awaited or not")
  func arrays() async throws {
    let engine = try TinyNetwork.runningSum.engine()
    let sessions = try (0..<3).map { _ in try engine.openSession() }
    var output: [Float] = [0, 0]
    for i in 0..<4 {
      let values = frame(i).floats()
      let expected = try await sessions[0].step(frame(i))["y"]?.floats()
      let isDue = try await sessions[1].step(values, into: &output)
      #expect(isDue)
      #expect(output == expected)
      #expect(try blocking(sessions[2], values) == expected)
    }
    #expect(try sessions[1].snapshot() == sessions[0].snapshot())
  }

  @Test("a frame that is refused leaves the array as it was")
  func refused() async throws {
    let session = try TinyNetwork.runningSum.engine()
      .openSession(SessionOptions(nanPolicy: .reject))
    var output: [Float] = [7, 8]
    for frame in [[1], [.nan, 1], [1, 2, 3]] as [[Float]] {
      await #expect(throws: SessionError.self) { try await session.step(frame, into: &output) }
    }
    #expect(output == [7, 8])
    session.close()
    await #expect(throws: SessionError.self) { try await session.step([1, 2], into: &output) }
    #expect(output == [7, 8])
  }

  @Test("an output that is not due leaves the array as it was")
  func notDue() async throws {
    let engine = try TinyNetwork.lateSum.engine()
    let session = try engine.openSession()
    var output: [Float] = [7, 8]
    #expect(try await session.step([1, 1], into: &output) == false)
    #expect(output == [7, 8])
    #expect(try await session.step([1, 1], into: &output))
    #expect(output == [2, 2])
  }

  private func blocking(_ session: Session, _ values: [Float]) throws -> [Float] {
    var output: [Float] = [0, 0]
    try session.step(values, into: &output)
    return output
  }
}
