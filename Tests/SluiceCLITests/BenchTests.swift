import Foundation
import Sluice
import SluiceCPU
import SluiceTestSupport
import Testing

@testable import SluiceCLI

@Suite("sluice bench")
struct BenchTests {
  @Test func `measures files and GRUs for every number of streams and backend`() throws {
    let run = CommandRun(
      "bench", PackageFolder.file("Examples/video-actions/video-actions.onnx"), "--gru", "3,5,2",
      "--streams", "1,7", "--backend", "cpu,reference", "--seconds", "0.001", "--json", "-")
    #expect(run.status == .done, "\(run.remarks)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.result.joined().utf8)) as? [String: Any])
    #expect(Set(report.keys).isSuperset(of: ["machine", "results"]))
    let results = try #require(report["results"] as? [[String: Any]])
    let cases = results.map { entry in
      "\(entry["model"] as? String == "gru 3,5,2") \(entry["backend"] ?? "") "
        + "\(entry["streams"] ?? "")"
    }
    let expected = ["false", "true"].flatMap { model in
      ["cpu", "reference"].flatMap { backend in
        ["1", "7"].map { streams in "\(model) \(backend) \(streams)" }
      }
    }
    #expect(cases == expected)
    for entry in results {
      for key in [
        "min_us", "p50_us", "p99_us", "p999_us", "max_us", "frames_per_second", "load_ms",
        "build_ms", "first_output_ms", "bytes_per_stream",
      ] {
        #expect(try #require(entry[key] as? Double) > 0, "\(key)")
      }
      #expect((entry["session"] == nil) == (entry["streams"] as? Int == 7))
    }
  }

  @Test func `steps groups of streams on several threads`() throws {
    let run = CommandRun(
      "bench", "--gru", "5,6,2", "--streams", "1,5,40", "--threads", "3", "--seconds", "0.001",
      "--backend", "cpu", "--json", "-")
    #expect(run.status == .done, "\(run.remarks)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.result.joined().utf8)) as? [String: Any])
    let results = try #require(report["results"] as? [[String: Any]])
    #expect(results.map { $0["threads"] as? Int } == [3, 3, 3])
    #expect(results.map { $0["streams"] as? Int } == [1, 5, 40])
  }

  @Test func `times whole sequences`() throws {
    let run = CommandRun(
      "bench", "--gru", "3,4,2", "--gru", "5,3", "--sequence", "7", "--streams", "1,3", "--seconds",
      "0.001", "--backend", "cpu,reference", "--json", "-")
    #expect(run.status == .done, "\(run.remarks)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.result.joined().utf8)) as? [String: Any])
    #expect(report["commit"] is String)
    let results = try #require(report["results"] as? [[String: Any]])
    #expect(results.count == 8)
    for entry in results {
      #expect(entry["sequence"] as? Int == 7)
      #expect(entry["checked_frames"] as? Int == 7)
      let isStack = entry["model"] as? String == "gru 3,4,2"
      #expect(entry["transfer_bytes"] as? Int == 7 * (isStack ? 3 + 4 : 5 + 3) * 4)
      #expect(try #require(entry["operations"] as? Double) > 0)
      #expect(entry["session"] == nil)
      #expect(try #require(entry["frames_per_second"] as? Double) > 0)
    }
  }

  @Test func `keeps what it measured beside what failed`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/report.json"
    let run = CommandRun(
      "bench", folder.path + "/none.onnx", "--gru", "3,4", "--streams", "1,2", "--seconds", "0.001",
      "--backend", "reference,cpu", "--profile", "--json", file)
    #expect(run.status != .done)
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))) as? [String: Any])
    let results = try #require(report["results"] as? [[String: Any]])
    #expect(results.map { $0["backend"] as? String } == ["cpu", "cpu"])
    let failures = try #require(report["failures"] as? [[String: Any]])
    // The file that is not there four times; the reference takes no steps apart.
    #expect(failures.count == 6)
    #expect(
      failures.suffix(2).map { $0["backend"] as? String } == ["reference", "reference"])
    #expect(failures.suffix(2).map { $0["streams"] as? Int } == [1, 2])
    #expect(failures.allSatisfy { ($0["reason"] as? String)?.isEmpty == false })
    #expect(run.remarks.count { $0.contains("none.onnx") } == 1)
  }

  /// Frames to spoil, and which sentence finds it.
  @Test(arguments: [(3, "stream 1 "), (27, "stream 0, all 29 frames")])
  func `holds a long sequence against the reference first, then against the CPU backend`(
    spoiled: Int, place: String
  ) throws {
    let shape = try #require(GRUShape(argument: "6,5,2"))
    let model = Model(graph: Graph(sequenceOf: shape))
    let call = try MeasuredCall(sequenceOf: model, frames: 29)
    // As many operations as 7 frames of each pattern take.
    let budget = call.operations / 29 * Double(7 * FramePatterns.count) * 1.01
    let check = try StepCheck(call, memoryLimit: 1 << 30, budget: budget)
    #expect(check.checkedFrames == 7)
    #expect(check.framesHeldToCPU == 29)
    #expect(
      try StepCheck(call, memoryLimit: 1 << 30, budget: 0)
        .checkedFrames == 2)
    let all = try StepCheck(call, memoryLimit: 1 << 30)
    #expect((all.checkedFrames, all.framesHeldToCPU) == (29, 0))

    let executable = try CPUBackend().prepare(
      call.plan(.full), options: ExecutableOptions(slots: 2))
    #expect(try check.failure(of: executable) == nil)
    #expect(try all.failure(of: executable) == nil)
    let wrong = Misreading(of: executable, slot: spoiled == 3 ? 1 : 0, byte: spoiled * 5 * 4 + 3)
    let failure = try #require(try check.failure(of: wrong))
    #expect(failure.hasPrefix("output 'y' of \(place)"))
    #expect(try all.failure(of: wrong) != nil)
  }

  @Test func `says where the time goes`() throws {
    let run = CommandRun(
      "bench", "--gru", "3,4,2", "--streams", "3", "--seconds", "0.001", "--backend", "cpu",
      "--profile", "--json", "-")
    #expect(run.status == .done, "\(run.remarks)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.result.joined().utf8)) as? [String: Any])
    let result = try #require((report["results"] as? [[String: Any]])?.first)
    let profile = try #require(result["profile"] as? [String: Any])
    let parts = try #require(profile["parts"] as? [[String: Any]])
    #expect(parts.compactMap { $0["operation"] as? Int } == Array(0..<parts.count - 1))
    let times = parts.compactMap { $0["us"] as? Double }
    let sum = try #require(profile["sum_us"] as? Double)
    #expect(abs(times.reduce(0, +) - sum) < 1e-6 * max(sum, 1))

    let table = CommandRun("bench", "--gru", "3,4", "--seconds", "0.001", "--profile")
    #expect(table.status == .done, "\(table.remarks)")
    #expect(table.result.contains { $0.hasPrefix("gru 3,4 on cpu, 1 stream: kernel calls") })
    #expect(table.result.contains { $0.hasPrefix("sum") })
    let reference = CommandRun(
      "bench", "--gru", "3,4", "--seconds", "0.001", "--profile", "--backend", "reference")
    #expect(reference.status == .wrongUsage)
  }

  @Test func `prints a table`() {
    let run = CommandRun("bench", "--gru", "4,4", "--seconds", "0.001")
    #expect(run.status == .done, "\(run.remarks)")
    #expect(run.result.count == 3)
    #expect(run.result[0].hasPrefix("network  backend  streams  min µs"))
    #expect(run.result[1].hasPrefix("gru 4,4  "))
    #expect(run.result[2].hasPrefix("gru 4,4, 1 stream: auto takes "))
    #expect(run.result[2].contains(": predicted "))
    let named = CommandRun("bench", "--gru", "4,4", "--seconds", "0.001", "--backend", "cpu")
    #expect(named.result.count == 2)
  }

  @Test(arguments: [1, 3, 12])
  func `does not take a backend for right that goes wrong in one stream`(streams: Int) throws {
    let model = Model(
      graph: Graph(oneStepOf: try #require(GRUShape(argument: "3,4"))),
      options: NetworkOptions(states: ["h0": "h0_out"]))
    let check = try StepCheck(
      MeasuredCall(stepOf: model), memoryLimit: 1 << 30)
    let executable = try CPUBackend().prepare(
      model.stepPlan(), options: ExecutableOptions(slots: streams))
    #expect(try check.failure(of: executable) == nil)
    let wrong = Misreading(of: executable, slot: streams - 1)
    let failure = try #require(try check.failure(of: wrong))
    #expect(failure.hasPrefix("output 'y' of stream \(streams - 1) is beyond the tolerance: "))
  }

  @Test(arguments: [
    (["bench"], "expected a model file, or --gru I,H."),
    (["bench", "--gru", "4,4", "--seconds", "0"], "--seconds 0.0: expected a number above 0"),
    (["bench", "--gru", "4"], "The value '4' is invalid for '--gru <i,h[,layers]>'"),
    (["bench", "--gru", "4,4", "--streams", "1,0"], "The value '1,0' is invalid for '--streams"),
    (["bench", "--gru", "4,4", "--backend", "gpu"], "The value 'gpu' is invalid for '--backend"),
  ])
  func `refuses what it cannot measure`(_ arguments: [String], _ error: String) throws {
    let run = CommandRun(arguments)
    #expect(run.status == .wrongUsage)
    #expect(try #require(run.remarks.first).hasPrefix("sluice: error: \(error)"))
  }
}

/// An executable that reads one slot's outputs from the slot beside it, or changed where there is none or
/// a byte is named.
private final class Misreading: WrappingExecutable {
  let inner: any Executable
  private let slot: Int
  private let byte: Int?

  init(of executable: any Executable, slot: Int, byte: Int? = nil) {
    inner = executable
    self.slot = slot
    self.byte = byte
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    let source = slot == self.slot && byte == nil ? max(0, slot - 1) : slot
    unsafe inner.read(output: output, slot: source, into: bytes)
    if let byte {
      if slot == self.slot { unsafe bytes[byte] ^= 0x40 }
      return
    }
    if source == 0, slot == self.slot, let first = bytes.indices.first {
      unsafe bytes[first + 3] ^= 0x40
    }
  }
}
