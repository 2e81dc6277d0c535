import Foundation
import SluiceFormats
import SluiceGraph
import SluiceTestSupport
import Testing

@testable import SluiceCLI

@Suite("The built command", .enabled(if: BinaryRun.path != nil))
struct BinaryTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func network() throws -> String {
    let path = folder.file("net.onnx")
    var network = ONNXNetwork()
    network.input("x", [1, 4])
    network.node("Relu", ["x"], ["y"])
    network.output("y", [1, 4])
    try AtomicFile.write(network.file, to: path)
    return path
  }

  @Test func `exit code 0 stands for done, results on standard output`() throws {
    let run = try BinaryRun(["inspect", try network()], in: folder)
    #expect(run.exitCode == 0)
    #expect(run.standardOutput.contains("1 node, 0 parameters"))
    #expect(run.standardError == "")
  }

  @Test func `exit code 1 stands for a comparison that failed`() throws {
    try NPZFile.write(
      [
        NPZFile.Entry("x", Tensor([Float(-1), 0, 1, 2], shape: [1, 4])),
        NPZFile.Entry("y", Tensor([Float(0), 0, 1, 3], shape: [1, 4])),
      ], path: folder.file("io.npz"))
    let run = try BinaryRun(
      [
        "verify", try network(), "--input", folder.file("io.npz"), "--expected",
        folder.file("io.npz"), "--atol", "0.5",
      ], in: folder)
    #expect(run.exitCode == 1)
    #expect(run.standardError == "sluice: error: 1 of 1 array beyond the tolerance: 'y'\n")
    #expect(run.standardOutput.contains("MISS"))
  }

  @Test func `exit code 2 stands for wrong usage`() throws {
    let run = try BinaryRun(["inspect"], in: folder)
    #expect(run.exitCode == 2)
    #expect(run.standardError.hasPrefix("sluice: error: Missing expected argument '<model>'\n"))
    #expect(run.standardOutput == "")
  }

  @Test func `exit code 4 stands for a device that is not there`() throws {
    let run = try BinaryRun(
      [
        "inspect", try network(), "--stage", "executable", "--backend", "opencl",
        "--device", "no such device",
      ], in: folder)
    #expect(run.exitCode == 4)
    #expect(run.standardError.hasPrefix("sluice: error: backend 'opencl' "))
  }

  @Test(.enabled(if: !TestDevices.openCL.isEmpty, "\(TestDevices.problem)"))
  func `a cache that keeps nothing is named where an executable is listed or runs`() throws {
    let file = try network()
    try NPZFile.write(
      [NPZFile.Entry("x", Tensor([Float(1), 2, 3, 4], shape: [1, 4]))], path: folder.file("x.npz"))
    for arguments in [
      ["inspect", file, "--stage", "executable"],
      ["run", file, "--input", folder.file("x.npz"), "--output", folder.file("y.npz")],
    ] {
      let run = try BinaryRun(
        arguments + ["--backend", "opencl"], in: folder,
        variables: ["SLUICE_CACHE": file + "/cache"])
      #expect(run.exitCode == 0)
      #expect(run.standardOutput.contains(file + "/cache cannot be written"))
    }
  }

  /// The least address space, in steps of 16 MiB, in which a harmless network is inspected: the
  /// program, its libraries and their buffers.
  private static let harmlessAddressSpace: Int? = {
    guard let test = try? BinaryTests(), let network = try? test.network() else { return nil }
    func fits(_ size: Int) -> Bool {
      let run = try? BinaryRun(["inspect", network], in: test.folder, addressSpace: size)
      return run?.exitCode == 0
    }
    let step = 16 << 20
    guard let enough = (1...10).map({ step << $0 }).first(where: fits) else { return nil }
    var (little, much) = (enough / 2 / step, enough / step)
    while much - little > 1 {
      let middle = (little + much) / 2
      if fits(middle * step) { much = middle } else { little = middle }
    }
    return much * step
  }()

  @Test(arguments: HostileFile.all)
  func `a hostile file is refused within a second and 200 MB`(_ file: HostileFile) throws {
    let base = try #require(Self.harmlessAddressSpace)
    let run = try BinaryRun(
      try file.write(folder), in: folder, addressSpace: base + 200_000_000)
    #expect(run.exitCode == 3, "\(run.standardError)")
    #expect(run.standardError.hasPrefix("sluice: error: "), "\(run.standardError)")
    #expect(run.standardOutput == "")
    #expect(run.seconds < 1)
    #expect(!(try folder.names.contains { $0 == "command-ran" || $0 == "y.npz" }))
  }
}
