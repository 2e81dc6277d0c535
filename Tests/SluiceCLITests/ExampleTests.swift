import Foundation
import Testing

@testable import SluiceCLI

/// `Examples/video-actions`: one network in three forms, clips, and what PyTorch computes for them.
@Suite("The shipped example predicts in every form what PyTorch does, within 1e-5")
struct ExampleTests {
  static let example = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Examples/video-actions").path

  static let clips = [
    "move-left", "move-right", "move-up", "move-down", "turn-counterclockwise", "turn-clockwise",
    "grow", "shrink",
  ]

  private func verify(_ model: String, _ clip: String, _ more: [String]) -> CommandRun {
    let files = "\(Self.example)/clips/\(clip)"
    return CommandRun(
      [
        "verify", model, "--input", "\(files).npz", "--expected", "\(files).expected.npz",
        "--atol", "1e-5",
      ] + more)
  }

  @Test(arguments: clips, ["cpu", "reference"])
  func `the whole network as ONNX`(clip: String, backend: String) {
    for mode in ["stream", "sequence"] {
      let run = verify(
        "\(Self.example)/video-actions.onnx", clip, ["--backend", backend, "--mode", mode])
      #expect(run.status == .done, "\(run.result) \(run.remarks)")
    }
  }

  @Test(arguments: clips, ["cpu", "reference"])
  func `the head as safetensors behind its CNN`(clip: String, backend: String) {
    let run = verify(Self.example, clip, ["--backend", backend, "--mode", "stream"])
    #expect(run.status == .done, "\(run.result) \(run.remarks)")
  }

  @Test(arguments: clips)
  func `the state dict`(clip: String) {
    let run = verify("\(Self.example)/state-dict.json", clip, ["--mode", "stream"])
    #expect(run.status == .done, "\(run.result) \(run.remarks)")
  }
}
