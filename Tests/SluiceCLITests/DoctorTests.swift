import Foundation
import Sluice
import SluiceTestSupport
import Testing

@testable import SluiceCLI
@testable import SluiceOpenCL

@Suite("sluice doctor", .enabled(if: !TestDevices.openCL.isEmpty, "no OpenCL device"))
struct DoctorTests {
  @Test(arguments: try KernelFamily.all().map(\.name))
  func `finds every kernel right`(family: String) throws {
    let run = CommandRun("doctor", "--only", family, "--json", "-")
    #expect(run.status == .done, "\(run.remarks)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.result.joined().utf8)) as? [String: Any])
    let findings = try #require(report["findings"] as? [[String: Any]])
    #expect(findings.map { $0["family"] as? String } == [family])
    let streams = try #require(findings[0]["streams"] as? [Int])
    #expect(streams.starts(with: [1, 2, 15, 17, 64, 257]))
    #expect(try #require(findings[0]["outputs"] as? Int) > 1000)
  }

  /// A file of Kernels/OpenCL, a part of it, and what makes its index wrong.
  struct Mistake: Sendable, CustomTestStringConvertible {
    var family: String
    var file: String
    var right: String
    var wrong: String
    var testDescription: String { file }
  }

  @Test(arguments: [
    Mistake(
      family: "product", file: "product", right: "right + k * B_ROW",
      wrong: "right + (K - 1 - k) * B_ROW"),
    Mistake(
      family: "gru", file: "gru", right: "initial[INITIAL(i / H) + i % H]",
      wrong: "initial[INITIAL(i / H) + (H - 1 - i % H)]"),
  ])
  func `fails a kernel with one wrong index`(mistake: Mistake) {
    let change = { @Sendable (name: String, text: String) in
      name == mistake.file
        ? text.replacingOccurrences(of: mistake.right, with: mistake.wrong) : text
    }
    let run = KernelSource.$change.withValue(change) {
      CommandRun("doctor", "--only", mistake.family)
    }
    #expect(run.status == .failed)
    #expect(run.result.joined(separator: "\n").contains("MISSED"))
    #expect(run.remarks.contains { $0.hasPrefix("sluice: \(mistake.family), ") }, "\(run.remarks)")
    #expect(KernelSource.text(mistake.file).contains(mistake.right))
  }

  @Test func `refuses kernels there are not`() {
    let run = CommandRun("doctor", "--only", "gates")
    #expect(run.status == .wrongUsage)
    #expect(run.remarks.first?.contains("--only gates: expected one of product, gru") == true)
  }
}
