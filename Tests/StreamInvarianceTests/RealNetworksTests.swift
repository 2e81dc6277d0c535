import Sluice
import SluiceBackends
import SluiceFormats
import SluiceGraph
import SluiceTestSupport
import Testing

/// Trained networks of ../shared/models as steps; skipped where the folder is absent.
@Suite("Real networks stream", .enabled(if: SharedFolder.isPresent, "../shared is absent: skipped"))
struct RealNetworksTests {
  static func step(_ file: String) throws -> StepGraph {
    let path = try #require(SharedFolder.file("models/\(file)"))
    let graph = try ONNXFile.load(path: path, options: NetworkOptions())
    return try graph.stepGraph(options: NetworkOptions(), evaluator: ReferenceEvaluator())
  }

  static func arrays(_ file: String) throws -> [String: Tensor] {
    let path = try #require(SharedFolder.file("models/\(file)"))
    var arrays: [String: Tensor] = [:]
    for entry in try NPZFile.read(path: path) {
      if let tensor = entry.tensor { arrays[entry.name] = tensor }
    }
    return arrays
  }

  @Test(
    "networks made for one frame pair their states without a flag",
    arguments: [
      ("gtcrn/gtcrn.onnx", ["conv_cache", "inter_cache", "tra_cache"]),
      ("gtcrn/gtcrn_simple.onnx", ["conv_cache", "inter_cache", "tra_cache"]),
      ("fastenhancer/fastenhancer_t.spec.onnx", ["cache_in_0", "cache_in_1"]),
      ("fastenhancer/fastenhancer_b.spec.onnx", ["cache_in_0", "cache_in_1", "cache_in_2"]),
      ("pose_gru_fall/pose_gru_step.onnx", ["h"]),
      ("kws_gru_crnn/GRU_S.onnx", ["h0"]),
      ("rnnoise_v1/rnnoise_v1.onnx", ["h_denoise_gru", "h_noise_gru", "h_vad_gru"]),
      ("rnnoise_v1/rnnoise_v1_q8.onnx", ["h_denoise_gru", "h_noise_gru", "h_vad_gru"]),
    ])
  func states(file: String, names: [String]) throws {
    let step = try Self.step(file)
    #expect(step.program.states.map(\.name).sorted() == names)
    #expect(step.framesPerStep == 1)
    #expect(step.delay == 0)
    #expect(step.warmUp == 0)
    #expect(step.inputs.count == 1)
  }

  @Test("the pose classifier streams without a flag and gives the windows' probabilities")
  func poseClassifier() throws {
    let step = try Self.step("pose_gru_fall/gru_model.onnx")
    #expect(step.framesPerStep == 1)
    #expect(step.program.states.count == 2)
    let arrays = try Self.arrays("pose_gru_fall/ref_window92.npz")
    let input = try #require(arrays["input"])
    let expected = try #require(arrays["output"])
    for window in 0..<input.shape[0] {
      let runner = try ProgramRunner(step.program, backend: ReferenceBackend())
      let frames = input.entries(window..<(window + 1), axis: 0)
      var last: Tensor?
      for frame in 0..<frames.shape[1] {
        last = try runner.call([frames.entries(frame..<(frame + 1), axis: 1)])[0]
      }
      let probabilities = try #require(last)
      expectClose(
        probabilities, expected.entries(window..<(window + 1), axis: 0),
        Tolerance(absolute: 1e-6, scaled: 5e-5), "window \(window)")
    }
  }

  @Test(
    "the keyword CRNNs step every second frame after 8 frames of warm-up",
    arguments: ["CRNN_S", "CRNN_M"])
  func keywordNetworks(name: String) throws {
    let step = try Self.step("kws_gru_crnn/\(name).onnx")
    #expect(step.framesPerStep == 2)
    #expect(step.warmUp == 8)
    #expect(step.delay == 0)
    let arrays = try Self.arrays("kws_gru_crnn/ref_\(name)_tf10clips.npz")
    let clips = try #require(arrays["mfcc"])
    let expected = try #require(arrays["tf_logits"])
    for clip in 0..<clips.shape[0] {
      let runner = try ProgramRunner(step.program, backend: ReferenceBackend())
      let frames = clips.entries(clip..<(clip + 1), axis: 0)
      var last: [Tensor] = []
      for index in 0..<(frames.shape[1] / 2) {
        last = try runner.call([frames.entries((2 * index)..<(2 * index + 2), axis: 1)])
      }
      expectClose(
        last[0], expected.entries(clip..<(clip + 1), axis: 0),
        Tolerance(absolute: 1e-4, scaled: 5e-5), "clip \(clip)")
    }
  }
}
