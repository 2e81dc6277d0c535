import Sluice
import Testing

@testable import Sluice

struct StepCountTests {
  @Test("steps are counted by their number of streams, and in powers of two")
  func sizes() {
    var counts = StepCounts()
    for streams in [1, 1, 2, 3, 4, 5, 8, 9, 1000] { counts.count(streams) }
    #expect(Array(counts.bySize.prefix(5)) == [2, 1, 2, 2, 1])
    #expect(counts.bySize[10] == 1)
    #expect(Array(counts.byStreams.prefix(10)) == [0, 2, 1, 1, 1, 1, 0, 0, 1, 1])
    #expect(counts.byStreams[1000] == 1)
    #expect(counts.steps == 9)
    #expect(counts.frames == 1033)
    for k in 0..<10 {
      var one = StepCounts()
      one.count(StepCounts.largestSize(k))
      #expect(one.bySize[k] == 1)
    }
  }

  @Test("sums of counts are those of all of them, whatever room each has")
  func sums() {
    var (few, many) = (StepCounts(), StepCounts(streams: 9))
    for streams in [1, 2, 2] { few.count(streams) }
    for streams in [2, 9] { many.count(streams) }
    for sum in [few + many, many + few] {
      #expect(sum.byStreams == [0, 1, 3, 0, 0, 0, 0, 0, 0, 1])
      #expect((sum.steps, sum.frames) == (5, 16))
    }
  }

  @Test("an engine counts the steps of its sessions and of its runs")
  func engine() async throws {
    let engine = try TinyNetwork.runningSum.engine()
    let session = try engine.openSession()
    for i in 0..<3 { try await session.step(frame(i)) }
    #expect(engine.stepCounts.bySize[0] == 3)
    _ = try engine.run(["x": Tensor(repeating: Float(1), shape: [4, 3, 2])])
    #expect(engine.stepCounts.bySize[2] == 4)
    #expect(Array(engine.stepCounts.byStreams.prefix(5)) == [0, 3, 0, 4, 0])
    #expect(engine.stepCounts.frames == 3 + 4 * 3)
  }

  @Test("a run takes no more slots at once than it is told to", arguments: [1, 2, 3, 7])
  func atOnce(slots: Int) throws {
    let engine = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 4))
    let arrays = ["x": Tensor((0..<42).map { Float($0) }, shape: [3, 7, 2])]
    let whole = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 7)).run(arrays)
    #expect(try engine.streamCount(of: arrays) == 7)
    let others = try (0..<max(0, 4 - slots)).map { _ in try engine.openSession() }
    let run = try engine.run(arrays, atOnce: slots)
    #expect(run.results == whole.results)
    withExtendedLifetime(others) {}
    #expect(throws: SluiceError.self) { try engine.streamCount(of: ["y": Tensor([Float(1)])]) }
  }

  @Test("frames are told from rows of frames by their shapes")
  func frames() throws {
    let engine = try TinyNetwork.pairSums.engine()
    #expect(engine.isFrame(["x": Tensor(zeros: .float32, shape: [1, 1, 2])]))
    #expect(engine.isFrame(["x": Tensor(zeros: .float32, shape: [2])]))
    #expect(!engine.isFrame(["x": Tensor(zeros: .float32, shape: [1, 5, 2])]))
    #expect(!engine.isFrame(["y": Tensor(zeros: .float32, shape: [2])]))
    #expect(!engine.isFrame([:]))
  }
}
