import Sluice
import Testing

struct SessionSpanTests {
  @Test("a step in the caller's memory gives what a step of tensors gives")
  func sameNumbers() throws {
    let engine = try TinyNetwork.runningSum.engine()
    let (tensors, spans) = (try engine.openSession(), try engine.openSession())
    for i in 0..<4 {
      let values = frame(i).floats()
      var output: [Float] = [0, 0]
      var room = output.mutableSpan
      let isDue = try spans.step(values.span, into: &room)
      #expect(isDue)
      #expect(try tensors.step(frame(i))["y"]?.floats() == output)
    }
    #expect(try spans.snapshot() == tensors.snapshot())
  }

  @Test("counts that do not fit, NaN and other networks are refused")
  func refusals() throws {
    let session = try TinyNetwork.runningSum.engine()
      .openSession(SessionOptions(nanPolicy: .reject))
    expectError(
      "frameRefused",
      "a frame of 'x' has 2 elements and a step of 'y' 2; found room for 3 and 2"
    ) { try step(session, [1, 2, 3], outputCount: 2) }
    expectError(
      "frameRefused",
      "a frame of 'x' has 2 elements and a step of 'y' 2; found room for 2 and 1"
    ) { try step(session, [1, 2], outputCount: 1) }
    expectError("notANumber", "a frame of 'x' holds NaN") {
      try step(session, [1, .nan], outputCount: 2)
    }
    let other = try TinyNetwork.pairSums.engine().openSession()
    expectError(
      "unsupported",
      "step(_:into:) is for one float32 output; found pairs float32, total float32"
    ) { try step(other, [1, 2], outputCount: 2) }
    #expect(try session.framesConsumed == 0)
  }

  private func step(_ session: Session, _ frame: [Float], outputCount: Int) throws {
    var output = [Float](repeating: 0, count: outputCount)
    var room = output.mutableSpan
    try session.step(frame.span, into: &room)
  }
}
