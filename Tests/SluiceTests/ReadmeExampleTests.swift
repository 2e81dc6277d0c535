import FoundationEssentials
import Sluice
import SluiceTestSupport
import Testing

/// The lines between the marks stand in README.md as they are.
struct ReadmeExampleTests {
  @Test(
    "the example of the README streams a network frame by frame",
    .enabled(if: SharedFolder.isPresent, "skipped: the shared folder is absent"))
  func example() throws {
    let path = try #require(SharedFolder.file("models/pose_gru_fall/gru_model.onnx"))
    let frames = (0..<20).map { i in Tensor((0..<34).map { Float($0 * i % 7) / 7 }) }
    var printed: [[Float]] = []
    func print(_ values: [Float]) { printed.append(values) }
    // BEGIN README
    let model = try Model(path: path)
    let session = try Engine(model).openSession()
    for frame in frames {
      if let output = try session.step(frame)["output"] { print(output.floats()) }
    }
    let snapshot = try session.snapshot()  // go on from here later, in any process
    // END README
    #expect(printed.count == 20)
    #expect(printed.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 }, "probabilities")
    #expect(snapshot.framesConsumed == 20)
  }
}
