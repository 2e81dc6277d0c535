import Sluice
import SluiceCPU
import SluiceTestSupport
import Testing

/// The arithmetic of profiles, and that they run: what they measure is no test's.
struct StepProfileTests {
  @Test("operations measured apart add up to what their launches take together")
  func scaled() {
    let parts = StepProfile.scaled(
      [1, 3, 0, 0, 5], to: [(0..<2, 8), (2..<4, 6), (4..<5, 7)])
    #expect(parts.map(\.operation) == [0, 1, 2, 3, 4])
    #expect(parts.map(\.nanoseconds) == [2, 6, 3, 3, 7])
    let profile = StepProfile(parts: parts, step: 22, method: "")
    #expect(profile.sum == 21)
  }

  @Test("interruptions do not move a median")
  func medians() {
    var times = RepeatedTimes(count: 2)
    #expect(times.medians == [0, 0])
    for value in [3.0, 900, 1, 2, 4] { times.add([value, -value]) }
    #expect(times.medians == [3, -3])
  }

  private static let backends: [any ProfilingBackend] =
    [CPUBackend()] + TestDevices.openCL.map { $0 as any ProfilingBackend }

  @Test("every operation of a plan is a part once", arguments: 0..<StepProfileTests.backends.count)
  func parts(_ index: Int) throws {
    let backend = Self.backends[index]
    let path = PackageFolder.file("Examples/video-actions/video-actions.onnx")
    let plan = try Model(path: path).stepPlan()
    var rounds = 0
    let profile = try backend.profile(plan, options: ExecutableOptions(slots: 3), rounds: 2) {
      executable, _ in
      rounds += 1
      #expect(executable.slotCount == 3)
    }
    #expect(rounds == 4)
    #expect(profile.parts.compactMap(\.operation) == Array(plan.operations.indices))
    #expect(profile.parts.allSatisfy { $0.nanoseconds >= 0 })
    #expect(profile.step > 0)
  }
}
