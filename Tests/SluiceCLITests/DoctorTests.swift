import Foundation
import Sluice
import SluiceBackends
import SluicePlanning
import SluiceTestSupport
import Testing

@testable import SluiceCLI
@testable import SluiceOpenCL

@Suite("sluice doctor", .enabled(if: !TestDevices.openCL.isEmpty, "no OpenCL device"))
struct DoctorTests {
  /// Wide layers take the longest to compile; at every precision they have tests of their own (WideTests).
  static let testedElsewhere = ["wide bf16", "wide int8"]

  @Test(arguments: try KernelFamily.all().map(\.name).filter { !testedElsewhere.contains($0) })
  func `finds every kernel right`(family: String) throws {
    // At the other precisions the same bodies run: few streams show what differs.
    let streams = family.contains(" ") ? [1, 15] : [1, 2, 15, 17, 64, 257, 4096]
    let list = streams.map(String.init).joined(separator: ",")
    let run = CommandRun("doctor", "--only", family, "--streams", list, "--json", "-")
    #expect(run.status == .done, "\(run.remarks)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.result.joined().utf8)) as? [String: Any])
    let findings = try #require(report["findings"] as? [[String: Any]])
    #expect(findings.map { $0["family"] as? String } == [family])
    let examined = try #require(findings[0]["streams"] as? [Int])
    #expect(examined.starts(with: streams.prefix(6)))
    #expect(try #require(findings[0]["outputs"] as? Int) >= streams.reduce(0, +))
  }

  @Test func `examines each of several devices in turn`() throws {
    let arguments = ["doctor", "--only", "indexing", "--streams", "1,2", "--device", "0,0"]
    let run = CommandRun(arguments + ["--json", "-"])
    #expect(run.status == .done, "\(run.remarks)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.result.joined().utf8)) as? [String: Any])
    let devices = try #require(report["devices"] as? [[String: Any]])
    let name = try #require(TestDevices.openCL.first).deviceName
    #expect(devices.map { $0["device"] as? String } == [name, name])
    #expect(devices.allSatisfy { ($0["findings"] as? [Any])?.count == 1 })
    #expect(CommandRun(arguments).result.filter { $0 == name }.count == 2)
    #expect(CommandRun(["doctor", "--device", "0,99"]).status == .deviceFailed)
  }

  /// Forms of groups of work-items, as on a GPU: their sums go through nine rounds of segments, and a tile
  /// of 16 streams serves those between 8 and 65.
  @Test func `a wide layer with deep sums and few units has the same bits in all its forms`() throws
  {
    let device = try #require(OpenCLDevice.all().first)
    let family = try KernelFamily("deep") { family in
      let weights = family.known([9001, 30], limit: 0.01)
      family.check(
        .matMul, [family.fed([1, 9001]), weights], "1 x 9001 x 30",
        within: RoundingBound.product(9001))
    }
    let backend = OpenCLBackend(device: device, groupSize: 8)
    let plan = try Plan(Program(graph: family.graph), fusion: .full)
    let listing = try backend.prepare(plan, options: ExecutableOptions(slots: 1)).listing
    for form in ["rows, 1 x 32, 8 to a sum", "tiles, 64 x 32"] {
      #expect(listing.contains { $0.contains(form) }, "\(listing)")
    }
    let finding = try Examination(streamCounts: [1, 2, 8, 9, 16, 65]).run(family, on: backend)
    #expect(finding.misses == [])
    #expect(finding.streams.count == 6)
  }

  @Test func `refuses kernels there are not`() {
    let run = CommandRun("doctor", "--only", "gates")
    #expect(run.status == .wrongUsage)
    #expect(run.remarks.first?.contains("--only gates: expected one of product, gru") == true)
  }

  /// One index of one body, as it should not be.
  struct WrongIndex: Sendable, CustomStringConvertible {
    let family: String
    let right: String
    let wrong: String
    var description: String { "\(wrong) in \(family)" }
  }

  static let wrongIndices = [
    WrongIndex(
      family: "product", right: "left[A_ROW(row + r) + k * A_COLUMN]",
      wrong: "left[A_ROW(row) + k * A_COLUMN]"),
    WrongIndex(
      family: "convolution", right: "bias[g * MAPS + map + m]", wrong: "bias[g * MAPS + map]"),
    WrongIndex(
      family: "indexing", right: "+ (int)from) * INNER", wrong: "+ 0 * (int)from) * INNER"),
  ]

  @Test(arguments: wrongIndices) func `finds a kernel with one wrong index`(_ index: WrongIndex)
    throws
  {
    let backend = try #require(TestDevices.openCL.first)
    let family = try #require(KernelFamily.all().first { $0.name == index.family })
    let examination = Examination(streamCounts: [1, 3])
    let spoiled = SpoiledBackend(backend: backend, right: index.right, wrong: index.wrong)
    let finding = try examination.run(family, on: spoiled)
    #expect(!finding.misses.isEmpty)
    #expect(finding.worst > 1)
  }

  @Test func `a family that does not run is a miss and stops no other`() throws {
    let families = try KernelFamily.all().filter { ["pool", "rnn", "lstm"].contains($0.name) }
    var kept: [Int] = []
    let report = try DoctorReport(
      families, Examination(streamCounts: [1, 2]), on: WaywardBackend(failing: "rnn"), named: "none"
    ) { kept.append($0.findings.count) }
    #expect(report.families == families.map(\.name))
    #expect(kept == [0, 1, 2, 3])
    for finding in report.findings {
      let expected = finding.family == "rnn" ? ["rnn: 1 stream: no kernel 'rnn'"] : []
      #expect(finding.misses == expected)
    }
  }

  @Test func `lists what a device without fp64 cannot run`() throws {
    let families = try KernelFamily.all().filter { ["pool", "float64"].contains($0.name) }
    let report = try DoctorReport(
      families, Examination(streamCounts: [1]), on: ReferenceBackend(), named: "small",
      hasDouble: false)
    #expect(report.families == ["pool"])
    #expect(report.absent == ["float64: 'small' has no fp64"])
    #expect(report.lines.last == "float64: 'small' has no fp64")
  }

  @Test func `finds other bits at another number of streams`() throws {
    let family = try #require(KernelFamily.all().first { $0.name == "pool" })
    let examination = Examination(streamCounts: [1, 3])
    let same = try examination.run(family, on: WaywardBackend())
    #expect(same.misses.isEmpty)
    let finding = try examination.run(family, on: WaywardBackend(isOtherForMany: true))
    #expect(finding.misses.contains { $0.contains("stream 0 of 3 has other bits than another") })
  }

  /// The reference, which cannot run a kind of operator, or gives other bits with several slots: within
  /// the bound of what is rounded at all.
  private struct WaywardBackend: Backend {
    var failing = ""
    var isOtherForMany = false
    var name: String { "wayward" }
    var deviceName: String { "none" }

    func prepare(
      _ plan: Plan, options: ExecutableOptions
    ) throws(BackendError) -> any Executable {
      if plan.operations.contains(where: { $0.name.hasPrefix(failing) && !failing.isEmpty }) {
        throw BackendError(.deviceFailed, "no kernel '\(failing)'")
      }
      let executable = try ReferenceBackend().prepare(
        plan, options: ExecutableOptions(slots: options.slots))
      return isOtherForMany && options.slots > 1 ? LastBit(inner: executable) : executable
    }
  }

  private final class LastBit: WrappingExecutable {
    let inner: any Executable
    init(inner: any Executable) { self.inner = inner }

    func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
      unsafe inner.read(output: output, slot: slot, into: bytes)
      if unsafe !bytes.isEmpty { unsafe bytes[0] ^= 1 }
    }
  }

  /// OpenCL with a piece of its kernels' text replaced.
  struct SpoiledBackend: Backend {
    let backend: OpenCLBackend
    let right: String
    let wrong: String
    var name: String { backend.name }
    var deviceName: String { backend.deviceName }

    func prepare(
      _ plan: Plan, options: ExecutableOptions
    ) throws(BackendError) -> any Executable {
      var isFound = false
      let executable = try backend.prepare(plan, options: options) { launch in
        var launch = launch
        isFound = isFound || launch.source.contains(right)
        launch.source = launch.source.replacingOccurrences(of: right, with: wrong)
        return launch
      }
      guard isFound else { throw BackendError(.unsupported, "no kernel has '\(right)'") }
      return executable
    }
  }
}
