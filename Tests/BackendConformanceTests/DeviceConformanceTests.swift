import SluiceBackends
import SluiceTestSupport
import Testing

/// The cases on an OpenCL device, many to a program.
@Suite(
  "Conformance on OpenCL",
  .enabled(if: !TestDevices.openCL.isEmpty, "\(TestDevices.problem)"))
struct DeviceConformanceTests {
  /// Cases that one program runs.
  struct Batch: Sendable, CustomStringConvertible {
    let cases: [ConformanceCase]

    var description: String {
      "\(cases.count) cases from \(cases.first?.path ?? "-")"
    }

    static func all(_ cases: [ConformanceCase]) -> [Batch] {
      stride(from: 0, to: cases.count, by: 24).map {
        Batch(cases: Array(cases[$0..<min($0 + 24, cases.count)]))
      }
    }
  }

  private func check(_ batch: Batch) throws {
    let backend = try #require(TestDevices.openCL.first)
    let run = ConformanceRun(backend: backend, fusion: .full, cases: batch.cases)
    for output in try run.outputs() {
      expectClose(output.found, output.expected, output.testCase.tolerance, output.name)
    }
  }

  @Test(
    "Cases that ship with the project", arguments: Batch.all(try ConformanceCollections.shipped()))
  func shipped(_ batch: Batch) throws {
    try check(batch)
  }

  // Skipped where ../shared is absent: the argument list is empty then.
  @Test(
    "Cases of the shared folder", .enabled(if: SharedFolder.isPresent),
    arguments: Batch.all(try ConformanceCollections.sharedToRun()))
  func shared(_ batch: Batch) throws {
    try check(batch)
  }
}
