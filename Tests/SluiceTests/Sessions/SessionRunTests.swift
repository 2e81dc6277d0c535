import Sluice
import Testing

struct SessionRunTests {
  @Test("many frames in one call give what they give one by one, then it goes on", arguments: 0...7)
  func chunks(first: Int) throws {
    let frames = (0..<7).map(frame)
    let engine = try TinyNetwork.pairSums.engine()
    let (whole, cut) = (try engine.openSession(), try engine.openSession())
    let expected = try whole.run(sequence(frames))
    var pairs: [Float] = []
    var totals: [Float] = []
    if first > 0 {
      let outputs = try cut.run(sequence(Array(frames[..<first])))
      pairs += outputs["pairs"]?.floats() ?? []
      totals += outputs["total"]?.floats() ?? []
    }
    for one in frames[first...] {
      let outputs = try cut.step(one)
      pairs += outputs["pairs"]?.floats() ?? []
      totals += outputs["total"]?.floats() ?? []
    }
    #expect(expected["pairs"]?.shape == [1, 3, 2])
    #expect(expected["total"]?.shape == [1, 2, 2], "a time axis where the input has it")
    #expect(expected["pairs"]?.floats() == pairs)
    #expect(expected["total"]?.floats() == totals)
    #expect(try cut.snapshot() == whole.snapshot())
  }

  @Test("frames of a one-frame network lie along a leading axis")
  func leadingAxis() throws {
    let session = try TinyNetwork.runningSum.engine().openSession()
    let outputs = try session.run(Tensor([Float(1), 0, 2, 10, 3, 20], shape: [3, 1, 2]))
    #expect(outputs["y"] == Tensor([Float(1), 0, 3, 10, 6, 30], shape: [3, 1, 2]))
    #expect(try session.framesConsumed == 3)
    #expect(try session.run(frame(3))["y"] == Tensor([Float(10), 60], shape: [1, 2]))
  }

  @Test("outputs that were never due are absent")
  func notDue() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    #expect(try session.run(sequence([frame(0)])).isEmpty)
    #expect(try session.run(sequence([frame(1)])).names == ["pairs"])
  }

  @Test("batches, calls and shapes that do not fit are refused before the first frame")
  func refusals() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    expectError("frameRefused", "a session is one stream; found 3 rows of a batch") {
      try session.run(Tensor(zeros: .float32, shape: [3, 4, 2]))
    }
    expectError(
      "frameRefused",
      "a session takes one sequence in a call; found 2 along a leading axis"
    ) { try session.run(Tensor(zeros: .float32, shape: [2, 1, 4, 2])) }
    expectError(
      "frameRefused",
      "'x' is [batch, time, 2], or that with one more leading axis; found [4, 2]"
    ) { try session.run(Tensor(zeros: .float32, shape: [4, 2])) }
    #expect(try session.framesPending == 0)
  }

  private func sequence(_ frames: [Tensor]) -> Tensor {
    Tensor(frames.flatMap { $0.floats() }, shape: [1, frames.count, 2])
  }
}
