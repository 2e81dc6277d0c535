import FoundationEssentials
import Sluice
import SluiceTestSupport
import Testing

/// The lines between the marks stand in README.md as they are, but for the folder of the model.
struct ReadmeExampleTests {
  private static let folder = PackageFolder.file("Examples/video-actions")

  @Test("the example of the README streams the shipped network frame by frame")
  func example() throws {
    let entries = try NPZFile.read(path: "\(Self.folder)/clips/grow.npz")
    let clip = try #require(entries.first { $0.name == "frames" }?.tensor)
    let frames = (0..<25).map { clip.entries($0..<($0 + 1), axis: 1).reshaped([1, 32, 32]) }
    var printed: [[Float]] = []
    func print(_ values: [Float]) { printed.append(values) }
    // BEGIN README
    let model = try Model(path: "\(Self.folder)/video-actions.onnx")
    let session = try Engine(model).openSession()
    for frame in frames {  // Tensor of shape [1, 32, 32], as the camera gives them
      if let output = try session.step(frame)["probabilities"] { print(output.floats()) }
    }
    let snapshot = try session.snapshot()  // go on from here later, in any process
    // END README
    #expect(printed.count == 25)
    #expect(printed.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 }, "probabilities")
    #expect(printed.last?.firstIndex(of: printed.last?.max() ?? 0) == 6, "grow")
    #expect(snapshot.framesConsumed == 25)
  }

  @Test("the README shows these lines")
  func readme() throws {
    let source = try text(#filePath)
    let readme = try text(PackageFolder.file("README.md"))
    let shown = try #require(
      source.components(between: "    // BEGIN README\n", and: "    // END README"))
    let lines = shown.replacing("\\(Self.folder)", with: "Examples/video-actions")
    #expect(readme.contains(lines), "README.md lacks:\n\(lines)")
    #expect(lines.split(separator: "\n").count < 10)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: URL(filePath: path), encoding: .utf8)
  }
}

extension String {
  /// What stands between the first `start` and the next `end`.
  fileprivate func components(between start: String, and end: String) -> String? {
    guard let from = firstRange(of: start)?.upperBound,
      let to = self[from...].firstRange(of: end)?.lowerBound
    else { return nil }
    return String(self[from..<to])
  }
}
