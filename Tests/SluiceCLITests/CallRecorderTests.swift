import Sluice
import Testing

@testable import SluiceCLI

@Suite("A recorder writes down the calls of every stream")
struct CallRecorderTests {
  private func plan() throws -> Plan {
    var graph = Graph(name: "recorded")
    let x = graph.addInput("x", .float32, [1, 2])
    let h = graph.addValue("h", ValueType(.float32, [1, 2]))
    let sum = graph.addNode(
      .binary(.add), [x, h], name: "sum", type: ValueType(.float32, [1, 2]))
    graph.addOutput(sum, name: "y")
    let state = StateVariable(
      name: "h", input: h, output: sum, initial: Tensor(zeros: .float32, shape: [1, 2]))
    return try Plan(Program(graph: graph, states: [state]), fusion: .none)
  }

  private func step(_ executable: any Executable, slot: Int, _ frame: [Float]) throws {
    let tensor = Tensor(frame, shape: [1, 2])
    unsafe tensor.withUnsafeBytes { unsafe executable.write(input: 0, slot: slot, from: $0) }
    try executable.step([slot])
  }

  @Test func `streams are apart by slot and by reset, states as they began`() throws {
    let recorder = CallRecorder()
    let executable = try recorder.prepare(try plan(), options: ExecutableOptions(slots: 2))
    try executable.setState(0, slot: 0, to: Tensor([Float(7), 8], shape: [1, 2]))
    try step(executable, slot: 0, [1, 1])
    try step(executable, slot: 1, [2, 2])
    try step(executable, slot: 0, [3, 3])
    try executable.reset(slot: 0)
    try step(executable, slot: 0, [4, 4])

    let recording = try #require(recorder.recording)
    #expect(recording.inputs.map(\.name) == ["x"])
    #expect(recording.inputs.map(\.shape) == [[1, 2]])
    let frames = recording.streams.map { $0.calls.map { $0[0].floats() } }
    #expect(frames == [[[1, 1], [3, 3]], [[2, 2]], [[4, 4]]])
    #expect(recording.streams.map { $0.states["h"]?.floats() } == [[7, 8], [0, 0], [0, 0]])
  }
}
