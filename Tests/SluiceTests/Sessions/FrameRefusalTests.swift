import Sluice
import Testing

/// Whole texts: a message names the input, what was expected and what was found.
struct FrameRefusalTests {
  @Test("a frame of another shape, type or name is refused and the stream stays")
  func frames() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    expectError(
      "frameRefused",
      "a frame of 'x' has the shape [1, 1, 2] or [1, 2] or [2]; found [1, 3]"
    ) { try session.step(Tensor([Float(1), 2, 3], shape: [1, 3])) }
    expectError("frameRefused", "a frame of 'x' holds float32; found int64") {
      try session.step(Tensor([Int64(1), 2], shape: [1, 2]))
    }
    expectError("frameRefused", "missing 'x'; a frame has 'x'") { try session.step([:]) }
    expectError("frameRefused", "'z' is no input; a frame has 'x'") {
      try session.step(["x": frame(0), "z": frame(0)])
    }
    expectError("frameRefused", "'total.past' is a state: set it with setState(_:to:)") {
      try session.step(["x": frame(0), "total.past": frame(0)])
    }
    #expect(try session.framesPending == 0)
  }

  @Test("NaN goes through by default and is refused where the session rejects it")
  func notANumber() throws {
    let engine = try TinyNetwork.runningSum.engine()
    let nan = Tensor([Float.nan, 1], shape: [1, 2])
    let accepting = try engine.openSession()
    #expect(try accepting.step(nan)["y"]?.floats()[0].isNaN == true)
    let rejecting = try engine.openSession(SessionOptions(nanPolicy: .reject))
    try rejecting.step(frame(0))
    expectError("notANumber", "a frame of 'x' holds NaN") { try rejecting.step(nan) }
    expectError("notANumber", "'x' holds NaN") {
      try rejecting.run(Tensor([Float(1), 1, .nan, 1], shape: [2, 1, 2]))
    }
    #expect(try rejecting.step(frame(1))["y"]?.floats() == [3, 10])
  }

  @Test("a state that is not there, or does not fit, is refused")
  func states() throws {
    let session = try TinyNetwork.runningSum.engine().openSession()
    expectError("stateRefused", "no state 'h': the network has 'sum'") { try session.state("h") }
    expectError("stateRefused", "state 'sum' is float32[1, 2]; found float32[2]") {
      try session.setState("sum", to: Tensor([Float(1), 2]))
    }
    expectError("stateRefused", "state 'sum' is float32[1, 2]; found int32[1, 2]") {
      try session.setStates(["sum": Tensor([Int32(1), 2], shape: [1, 2])])
    }
  }

  @Test("one session more than there are slots is refused")
  func full() throws {
    let engine = try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 2))
    let sessions = [try engine.openSession(), try engine.openSession()]
    expectError(
      "full",
      "all 2 streams of this engine are open; close one, "
        + "or make the engine with a larger maximumStreams"
    ) { try engine.openSession() }
    sessions[0].close()
    _ = try engine.openSession()
  }

  @Test("an engine without streams or threads is refused")
  func emptyEngine() {
    expectError("limit", "an engine has at least 1 stream and 1 thread; found 0 and 1") {
      try TinyNetwork.runningSum.engine(EngineOptions(maximumStreams: 0))
    }
  }

  @Test("an input that was bound may come again with its value and no other")
  func boundInputs() throws {
    let options = NetworkOptions(inputs: ["rate": Tensor(scalar: Int64(16000))])
    let network = TinyNetwork.runningSum
    let session = try network.engine(model: network.model(options: options)).openSession()
    try session.step(["x": frame(0), "rate": Tensor(scalar: Int32(16000))])
    expectError("frameRefused", "'rate' was bound to another value and cannot change") {
      try session.step(["x": frame(0), "rate": Tensor(scalar: Int64(8000))])
    }
    #expect(try session.framesConsumed == 1)
  }
}
