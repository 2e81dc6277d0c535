import Foundation
import Sluice
import SluiceTestSupport
import Testing

@testable import SluiceCLI

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

  @Test func `refuses kernels there are not`() {
    let run = CommandRun("doctor", "--only", "gates")
    #expect(run.status == .wrongUsage)
    #expect(run.remarks.first?.contains("--only gates: expected one of product, gru") == true)
  }
}
