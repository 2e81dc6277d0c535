import Sluice
import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport
import Testing

/// Kernels/README.md, "Precisions": how far a network moves below fp32.
@Suite("Precisions on OpenCL", .enabled(if: !TestDevices.openCL.isEmpty, "\(TestDevices.problem)"))
struct PrecisionTests {
  /// What a weight or a factor may lose, as a part of the largest of its row.
  static let units: [(Precision, Float)] = [
    (.fp16, 0x1p-11), (.bf16, 0x1p-8), (.int8, 0.5 / 127),
  ]

  @Test(
    "A trained network of the package stays within sixteen units over 1000 steps", arguments: units)
  func thousandSteps(precision: Precision, unit: Float) throws {
    let model = try Model(path: PackageFolder.file("Examples/video-actions/model.json"))
    let plan = try Plan(try model.stepGraph().program, fusion: .full)
    let backend = try #require(TestDevices.openCL.first)
    let exact = try backend.prepare(plan, options: ExecutableOptions())
    let rounded = try backend.prepare(plan, options: ExecutableOptions(precision: precision))
    var random = SeededGenerator(seed: 17)
    var largest: Float = 0
    for _ in 0..<1000 {
      let buffer = plan.buffers[plan.inputs[0].buffer]
      let frame = Tensor(random.floats(buffer.count), shape: buffer.shape)
      for executable in [exact, rounded] {
        unsafe frame.withUnsafeBytes { unsafe executable.write(input: 0, slot: 0, from: $0) }
        try executable.step([0])
      }
      let (expected, found) = (exact.output(0, slot: 0), rounded.output(0, slot: 0))
      for (e, y) in zip(expected.floats(), found.floats()) { largest = max(largest, abs(e - y)) }
    }
    #expect(largest > 0, "\(precision) gives the bits of fp32")
    #expect(largest <= 16 * unit, "\(precision): \(largest), \(largest / unit) units")
  }
}
