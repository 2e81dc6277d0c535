import SluiceBackends
import SluiceTestSupport
import Testing

/// Every backend gives what the cases expect: those that ship with the project, and those of the
/// shared folder (ONNX's own operator tests, recurrences computed in float64) where it is present.
@Suite struct BackendConformanceTests {
  static let setups = BackendSetup.all

  private func check(_ setup: BackendSetup, _ cases: [ConformanceCase]) throws {
    let run = ConformanceRun(backend: setup.backend, fusion: setup.fusion, cases: cases)
    for output in try run.outputs() {
      expectClose(
        output.found, output.expected, output.testCase.tolerance, output.name)
    }
  }

  @Test(
    "A case that ships with the project gives its expected outputs",
    arguments: setups, try ConformanceCollections.shipped())
  func shipped(_ setup: BackendSetup, _ testCase: ConformanceCase) throws {
    try check(setup, [testCase])
  }

  // Skipped where ../shared is absent: the argument list is empty then.
  @Test(
    "A case of the shared folder gives its expected outputs",
    .enabled(if: SharedFolder.isPresent),
    arguments: setups, try ConformanceCollections.sharedToRun())
  func shared(_ setup: BackendSetup, _ testCase: ConformanceCase) throws {
    try check(setup, [testCase])
  }

  @Test("Every listed operator has a case that ships with the project")
  func everyOperatorHasACase() throws {
    let covered = Set(try ConformanceCollections.shipped().flatMap(\.operators))
    let missing = ConformanceCollections.listedOperators.filter { !covered.contains($0) }
    #expect(missing.isEmpty)
  }

  @Test(
    "Excluded cases are in the index, each fails, and there are at most 15",
    .enabled(if: SharedFolder.isPresent))
  func exclusionsAreExact() throws {
    let exceptions = try ConformanceCollections.exceptions()
    let cases = try ConformanceCollections.shared()
    #expect(exceptions.count <= 15)
    for exception in exceptions {
      #expect(exception.reason.hasSuffix("."), "\(exception.path) needs a sentence")
      guard let testCase = cases.first(where: { $0.path == exception.path }) else {
        Issue.record("\(exception.path) is not in the index")
        continue
      }
      let run = ConformanceRun(backend: ReferenceBackend(), fusion: .none, cases: [testCase])
      let outputs = try? run.outputs()
      let passes = outputs?.allSatisfy {
        testCase.tolerance.difference($0.found, $0.expected) == nil
      }
      #expect(passes != true, "\(exception.path) is excluded and passes")
    }
  }
}

extension ConformanceCase {
  /// Integers have to be equal in every case.
  var tolerance: Tolerance {
    // Its expected values were written down with four digits.
    path.hasSuffix("test_averagepool_2d_ceil_last_window_starts_on_pad")
      ? Tolerance(relative: 1e-3) : Tolerance(absolute: 1e-6, relative: 1e-5)
  }
}
