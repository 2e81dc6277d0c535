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
      #expect(entry["session"] == nil)
      #expect(try #require(entry["frames_per_second"] as? Double) > 0)
    }
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
    #expect(run.result.count == 2)
    #expect(run.result[0].hasPrefix("network  backend  streams  min µs"))
    #expect(run.result[1].hasPrefix("gru 4,4  cpu  "))
  }

  @Test(arguments: [1, 3, 12])
  func `does not take a backend for right that goes wrong in one stream`(streams: Int) throws {
    let model = Model(
      graph: Graph(oneStepOf: try #require(GRUShape(argument: "3,4"))),
      options: NetworkOptions(states: ["h0": "h0_out"]))
    let check = try StepCheck(
      MeasuredCall(stepOf: model), memoryLimit: 1 << 30, tolerance: Tolerance(standardAt: .fp32))
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

/// An executable that reads one slot's outputs from the slot beside it, or changed where there is none.
private final class Misreading: WrappingExecutable {
  let inner: any Executable
  private let slot: Int

  init(of executable: any Executable, slot: Int) {
    inner = executable
    self.slot = slot
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    let source = slot == self.slot ? max(0, slot - 1) : slot
    unsafe inner.read(output: output, slot: source, into: bytes)
    if source == 0, slot == self.slot, let first = bytes.indices.first {
      unsafe bytes[first + 3] ^= 0x40
    }
  }
}
