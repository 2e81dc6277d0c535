import Sluice
import Testing

@testable import Sluice

/// What arrays mean, on networks worked out by hand.
struct RunRulesTests {
  // MARK: A network of one frame: running sums

  @Test("a leading axis holds the frames, rows of the batch are streams")
  func framesAndRows() throws {
    let x = Tensor((0..<12).map { Float($0) }, shape: [3, 2, 2])
    let result = try TinyNetwork.runningSum.engine().run(["x": x])
    #expect(result.outputs.names == ["y"])
    #expect(
      result.outputs["y"]
        == Tensor([Float(0), 1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21], shape: [3, 2, 2]))
    #expect(result.finalStates == ["sum_out": Tensor([Float(12), 15, 18, 21], shape: [2, 2])])
    #expect(result.insertedTimeAxes.isEmpty)
    #expect((result.streams, result.frames, result.steps, result.calls) == (2, 3, 3, 3))
    #expect(result.stepNanoseconds.count == 3, "both streams step together")
  }

  @Test("more rows than slots run one group after the other", arguments: 1...6)
  func groups(slots: Int) throws {
    let x = Tensor((0..<40).map { Float($0) }, shape: [4, 5, 2])
    let whole = try TinyNetwork.runningSum.engine().run(["x": x])
    let engine = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: slots))
    let result = try engine.run(["x": x])
    #expect(result.outputs == whole.outputs)
    #expect(result.finalStates == whole.finalStates)
    #expect(result.stepNanoseconds.count == 4 * ((5 + slots - 1) / slots))
    #expect(engine.openSessionCount == 0)
  }

  @Test("initial states come per row or for all rows, without the leading axis")
  func initialStates() throws {
    let engine = try TinyNetwork.runningSum.engine()
    let x = Tensor(zeros: .float32, shape: [1, 2, 2])
    let perRow = try engine.run(["x": x, "sum": Tensor([Float(1), 2, 3, 4], shape: [2, 2])])
    #expect(perRow.outputs["y"]?.floats() == [1, 2, 3, 4])
    let forAll = try engine.run(["x": x, "sum": Tensor([Float(1), 2], shape: [1, 2])])
    #expect(forAll.outputs["y"]?.floats() == [1, 2, 1, 2])
    let one = try engine.run(["x": frame(0), "sum": Tensor([Float(1), 2], shape: [1, 2])])
    #expect(one.outputs["y"] == Tensor([Float(2), 2], shape: [1, 2]))
    #expect(one.finalStates["sum_out"] == one.outputs["y"])
    expectError(
      "inputRefused", "state 'sum' is float32[1, 2], with 2 rows or 1; found float32[3, 2]"
    ) {
      try engine.run(["x": x, "sum": Tensor(zeros: .float32, shape: [3, 2])])
    }
  }

  // MARK: A network of whole sequences: pairs and totals

  @Test("an array of the input's rank is a sequence; an output without time gets it from the input")
  func sequences() throws {
    let result = try TinyNetwork.pairSums.engine().run(["x": sequences(rows: 2, frames: 6)])
    #expect(
      result.outputs["pairs"]
        == Tensor([Float(2), 4, 10, 12, 18, 20, 26, 28, 34, 36, 42, 44], shape: [2, 3, 2]))
    #expect(
      result.outputs["total"]
        == Tensor([Float(12), 16, 30, 36, 60, 64, 102, 108], shape: [2, 2, 2]))
    #expect(result.insertedTimeAxes == ["total": 1])
    #expect(result.newest("total") == Tensor([Float(30), 36, 102, 108], shape: [2, 2]))
    #expect(result.newest("pairs") == result.outputs["pairs"])
    #expect(result.finalStates.isEmpty, "the file names no state")
    #expect((result.streams, result.frames, result.steps, result.calls) == (2, 6, 3, 1))
  }

  @Test("one more leading axis means calls, each from the beginning")
  func calls() throws {
    let engine = try TinyNetwork.pairSums.engine()
    let x = sequences(rows: 6, frames: 4)
    let rows = try engine.run(["x": x])
    let result = try engine.run(["x": x.reshaped([3, 2, 4, 2])])
    #expect(result.outputs["total"]?.shape == [3, 2, 1, 2])
    #expect(result.insertedTimeAxes == ["total": 2])
    #expect(result.outputs["total"]?.elements == rows.outputs["total"]?.elements)
    #expect(result.outputs["pairs"]?.elements == rows.outputs["pairs"]?.elements)
    #expect((result.streams, result.frames, result.steps, result.calls) == (2, 12, 6, 3))
  }

  @Test("frames that fill no step are told, outputs never due are absent")
  func leftOver() throws {
    let engine = try TinyNetwork.pairSums.engine()
    let odd = try engine.run(["x": sequences(rows: 1, frames: 5)])
    #expect(odd.notes == ["1 of 5 frames are left over: a step takes 2."])
    let short = try engine.run(["x": sequences(rows: 1, frames: 3)])
    #expect(short.outputs.names == ["pairs"])
  }

  @Test("states that the file declares go on from call to call, those inside begin anew")
  func declaredStates() throws {
    var network = TinyNetwork.pairSums
    _ = network.graph.addInput("total.past", .float32, [.symbol("batch"), 2])
    network.stepGraph.program.states[0].outputName = "total.next"
    let x = sequences(rows: 3, frames: 4).reshaped([3, 1, 4, 2])
    let result = try network.engine().run(["x": x])
    let totals = result.outputs["total"]?.floats() ?? []
    let calls = result.outputs["pairs"]?.floats() ?? []
    #expect(totals.first == calls[0] + calls[2])
    #expect(totals[2] == totals[0] + calls[4] + calls[6])
    #expect(result.finalStates["total.next"]?.floats() == Array(totals.suffix(2)))
  }

  @Test(
    "arrays that do not fit are refused by name",
    arguments: [
      ([4, 2], "'x' is [batch, time, 2], or that with one more leading axis; found [4, 2]"),
      (
        [1, 1, 1, 4, 2],
        "'x' is [batch, time, 2], or that with one more leading axis; found [1, 1, 1, 4, 2]"
      ),
      ([1, 0, 2], "'x' is [batch, time, 2], or that with one more leading axis; found [1, 0, 2]"),
      ([1, 4, 3], "'x' is [batch, time, 2], or that with one more leading axis; found [1, 4, 3]"),
    ])
  func refusals(shape: [Int], message: String) throws {
    let engine = try TinyNetwork.pairSums.engine()
    expectError("inputRefused", message) {
      try engine.run(["x": Tensor(zeros: .float32, shape: shape)])
    }
  }

  @Test("a run needs free slots and gives them back when it fails")
  func slots() throws {
    let backend = DisguisedBackend()
    let engine = try TinyNetwork.runningSum.engine(
      EngineOptions(maximumStreams: 2), backend: backend)
    let x = Tensor(zeros: .float32, shape: [2, 2, 2])
    backend.failures.fail(3)  // both rows together, then each
    expectError("deviceFailed", "the device fell over") { try engine.run(["x": x]) }
    #expect(engine.openSessionCount == 0)
    let session = try engine.openSession()
    let error = #expect(throws: SluiceError.self) { try engine.run(["x": x]) }
    #expect(error?.code == .limit)
    session.close()
    _ = try engine.run(["x": x])
  }

  /// `[rows, frames, 2]` of 0, 1, 2, ….
  private func sequences(rows: Int, frames: Int) -> Tensor {
    Tensor((0..<(rows * frames * 2)).map { Float($0) }, shape: [rows, frames, 2])
  }
}
