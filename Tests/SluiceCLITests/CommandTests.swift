import Foundation
import SluiceFormats
import SluiceGraph
import Testing

@testable import SluiceCLI

/// A running mean of two: `y = (x + memory) / 2`, `memory_out = x`; one frame a call.
@Suite("Commands on a network of one frame")
struct CommandTests {
  let folder: TemporaryFolder
  let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = folder.file("mean.onnx")
    var network = ONNXNetwork()
    network.input("x", [1, 2])
    network.input("memory", [1, 2])
    network.constant("two", dimensions: [1], floats: [2])
    network.node("Add", ["x", "memory"], ["sum"])
    network.node("Div", ["sum", "two"], ["y"])
    network.node("Identity", ["x"], ["memory_out"])
    network.output("y", [1, 2])
    network.output("memory_out", [1, 2])
    try AtomicFile.write(network.file, to: model)
  }

  private func write(_ name: String, _ entries: [(String, Tensor)]) throws -> String {
    try NPZFile.write(
      entries.map { NPZFile.Entry($0.0, $0.1) }, path: folder.file(name))
    return folder.file(name)
  }

  /// Three frames.
  private func frames() throws -> String {
    try write("frames.npz", [("x", Tensor([Float(2), 4, 6, 8, 10, 12], shape: [3, 1, 2]))])
  }

  private func arrays(_ path: String) throws -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: try NPZFile.read(path: path).compactMap { entry in
        entry.tensor.map { (entry.name, $0) }
      })
  }

  @Test(arguments: ["run", "verify", "bench"])
  func `a file that cannot be written is refused before the work`(command: String) throws {
    let nowhere = folder.file("nowhere/out.npz")
    let rest: [String] =
      switch command {
      case "run": ["--input", try frames(), "--output", nowhere]
      case "verify": ["--input", try frames(), "--trace", nowhere]
      default: ["--json", nowhere]
      }
    // The network is not there either, which is found later.
    let run = CommandRun([command, folder.file("none.onnx")] + rest)
    #expect(run.status == .refused, "\(run.remarks)")
    let remark = "\(nowhere): cannot be written: No such file or directory"
    #expect(run.remarks.contains { $0.contains(remark) }, "\(run.remarks)")
    #expect(run.result.isEmpty)
  }

  @Test func `run streams frames, carries the state and writes both`() throws {
    let output = folder.file("out.npz")
    let run = CommandRun(
      "run", model, "--state", "memory=memory_out", "--input", try frames(), "--output", output,
      "--backend", "reference")
    #expect(run.status == .done, "\(run.remarks)")
    let arrays = try arrays(output)
    #expect(arrays["y"] == Tensor([Float(1), 2, 4, 6, 8, 10], shape: [3, 1, 2]))
    #expect(arrays["memory_out"] == Tensor([Float(10), 12], shape: [1, 2]))
    #expect(run.result[0] == "stream mode: the network can run frame by frame")
    #expect(run.result[1] == "1 stream, 3 frames, 3 steps each")
    #expect(run.result.contains("outputs: memory_out [1, 2], y [3, 1, 2]"))
    #expect(run.result.last == "wrote \(output)")
  }

  @Test func `run takes initial states by name`() throws {
    let output = folder.file("out.npz")
    let input = try write(
      "all.npz",
      [
        ("x", Tensor([Float(2), 4], shape: [1, 1, 2])),
        ("memory", Tensor([Float(10), 20], shape: [1, 2])),
      ])
    let run = CommandRun(
      "run", model, "--state", "memory=memory_out", "--input", input, "--output", output)
    #expect(run.status == .done, "\(run.remarks)")
    #expect(try arrays(output)["y"] == Tensor([Float(6), 12], shape: [1, 1, 2]))
  }

  @Test func `run writes its summary as JSON in place of the text`() throws {
    let run = CommandRun(
      "run", model, "--state", "memory=memory_out", "--input", try frames(), "--output",
      folder.file("out.npz"), "--json", "-")
    let text = try #require(run.result.first)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(run.result.count == 1)
    #expect(object?["mode"] as? String == "stream")
    #expect(object?["steps"] as? Int == 3)
    #expect(object?["frames"] as? Int == 3)
  }

  @Test func `verify passes within the tolerance and says what it compared with`() throws {
    let expected = try write(
      "expected.npz", [("y", Tensor([Float(1), 2, 4, 6, 8, 10.25], shape: [3, 1, 2]))])
    let run = CommandRun(
      "verify", model, "--state", "memory=memory_out", "--input", try frames(), "--expected",
      expected, "--atol", "0.25", "--backend", "reference")
    #expect(run.status == .done, "\(run.remarks)")
    #expect(run.result.last == "y      [3, 1, 2]   10.25     0.250      0.024       0  ok")
  }

  @Test func `verify fails beyond the tolerance`() throws {
    let expected = try write(
      "expected.npz",
      [
        ("y", Tensor([Float(1), 2, 4, 6, 8, 10.25], shape: [3, 1, 2])),
        ("memory_out", Tensor([Float(10), 12], shape: [1, 2])),
      ])
    let run = CommandRun(
      "verify", model, "--state", "memory=memory_out", "--input", try frames(), "--expected",
      expected, "--rtol", "0.01")
    #expect(run.status == .failed)
    #expect(run.remarks == ["sluice: error: 1 of 2 arrays beyond the tolerance: 'y'"])
  }

  @Test func `verify takes an array of another shape for a failure`() throws {
    let expected = try write("expected.npz", [("y", Tensor([Float(1), 2], shape: [2]))])
    let run = CommandRun(
      "verify", model, "--state", "memory=memory_out", "--input", try frames(), "--expected",
      expected)
    #expect(run.status == .failed)
    #expect(run.result.last?.hasPrefix("y      [3, 1, 2], expected [2]") == true)
  }

  @Test func `verify without expected values compares with the reference`() throws {
    let run = CommandRun(
      "verify", model, "--state", "memory=memory_out", "--input", try frames())
    #expect(run.status == .done, "\(run.remarks)")
    #expect(run.result[0].hasSuffix(" against reference backend"))
    #expect(run.result.count == 4)
  }

  @Test func `verify takes a file of frames and answers as it is, and traces`() throws {
    var entries = [
      NPZFile.Entry("x.x", Tensor([Float(2), 4, 6, 8], shape: [2, 1, 2])),
      NPZFile.Entry("s0.memory", Tensor([Float(2), 2], shape: [1, 2])),
      NPZFile.Entry("y.y", Tensor([Float(2), 3, 4, 6], shape: [2, 1, 2])),
      NPZFile.Entry("s.memory_out", Tensor([Float(2), 4, 6, 8], shape: [2, 1, 2])),
    ]
    entries.append(NPZFile.Entry("meta", .text(["{}"])))
    let reference = folder.file("ref.npz")
    try NPZFile.write(entries, path: reference)
    let trace = folder.file("trace.json")
    let run = CommandRun(
      "verify", model, "--state", "memory=memory_out", "--input", reference, "--trace", trace)
    #expect(run.status == .done, "\(run.remarks)")
    #expect(run.result.count == 4)
    #expect(run.remarks.count == 1)
    #expect(run.remarks[0].hasPrefix("trace: every value of 2 calls stays within the tolerance"))
    let content = try Data(contentsOf: URL(filePath: trace))
    let object = try JSONSerialization.jsonObject(with: content) as? [String: Any]
    #expect(object?["calls"] as? Int == 2)
  }

  @Test func `inspect lists pairs, states, work and layers`() throws {
    let run = CommandRun("inspect", model, "--state", "memory=memory_out")
    #expect(run.status == .done, "\(run.remarks)")
    #expect(run.result.contains("  memory  float32[1, 2]  state, from memory_out"))
    #expect(run.result.contains("  y           float32[1, 2]  result; batch is axis 0"))
    #expect(run.result.contains("  memory_out  float32[1, 2]  state, to memory"))
    #expect(run.result.contains("  4 operations (a multiply-add counts 2)"))
    #expect(run.result.contains("  yes, 1 frame a step"))
  }

  @Test(arguments: ["graph", "step", "sequence", "plan", "executable"])
  func `every stage can be printed`(stage: String) throws {
    let run = CommandRun("inspect", model, "--state", "memory=memory_out", "--stage", stage)
    #expect(run.status == .done, "\(run.remarks)")
    #expect(run.result.joined().contains("Div_y"), "\(run.result)")
  }

  @Test func `an option that names nothing of the network is wrong usage`() {
    let state = CommandRun("inspect", model, "--state", "memry=memory_out")
    #expect(state.status == .wrongUsage)
    #expect(
      state.remarks == [
        "sluice: error: --state: the network has no 'memry'; it has 'x', 'memory'"
      ])
    let axis = CommandRun("inspect", model, "--time-axis", "frames=1")
    #expect(axis.status == .wrongUsage)
    let binding = CommandRun("inspect", model, "--bind", "rate=3")
    #expect(binding.status == .wrongUsage)
  }

  @Test func `every unsupported operator is listed at once`() throws {
    var network = ONNXNetwork()
    network.input("x", [1, 2])
    network.node("Loopy", ["x"], ["a"])
    network.node("Relu", ["a"], ["b"])
    network.node("Hologram", ["b"], ["y"])
    network.output("y", [1, 2])
    let path = folder.file("unsupported.onnx")
    try AtomicFile.write(network.file, to: path)
    let run = CommandRun("inspect", path)
    #expect(run.status == .refused)
    let text = run.remarks.joined(separator: "\n")
    for name in ["Loopy", "Loopy_a", "Hologram", "Hologram_y"] { #expect(text.contains(name)) }
    #expect(!text.contains("Relu"))
  }

  @Test func `weights alone get the description they would take`() throws {
    // {"gru.weight_ih_l0": F32 [6, 3], "gru.weight_hh_l0": F32 [6, 2]}
    let header =
      #"{"gru.weight_ih_l0":{"dtype":"F32","shape":[6,3],"data_offsets":[0,72]},"#
      + #""gru.weight_hh_l0":{"dtype":"F32","shape":[6,2],"data_offsets":[72,120]}}"#
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) }
    let path = folder.file("weights.safetensors")
    try AtomicFile.write(
      length + Array(header.utf8) + Array(repeating: 0, count: 120), to: path)
    let run = CommandRun("inspect", path)
    #expect(run.status == .done, "\(run.remarks)")
    let proposal = Data(run.result.joined(separator: "\n").utf8)
    let object = try JSONSerialization.jsonObject(with: proposal) as? [String: Any]
    #expect(object?["sluice"] as? Int == 1)
    #expect(object?["weights"] as? String == "weights.safetensors")
    #expect(run.result.joined().contains(#""gru""#))
  }

  @Test func `devices prints every backend and what auto takes`() {
    let run = CommandRun("devices")
    #expect(run.status == .done)
    #expect(run.result.contains { $0.hasPrefix("reference") })
    #expect(run.result.last?.hasPrefix("auto takes ") == true)
  }

  @Test func `an absent backend is a device error that says what is there`() throws {
    let run = CommandRun(
      "run", model, "--state", "memory=memory_out", "--input", try frames(), "--output",
      folder.file("out.npz"), "--backend", "opencl", "--device", "no such device")
    #expect(run.status == .deviceFailed)
    // Without any device it is the backend that is not there.
    #expect(run.remarks[0].hasPrefix("sluice: error: backend 'opencl' "))
    #expect(!(try folder.names.contains("out.npz")))
  }
}
