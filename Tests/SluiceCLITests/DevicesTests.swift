import Foundation
import SluiceOpenCL
import Testing

@testable import SluiceCLI

@Suite("sluice devices")
struct DevicesTests {
  private static let hasDevice = (try? OpenCLDevice.all()) != nil

  private func inventory() throws -> [String: Any] {
    let run = CommandRun("devices", "--json", "-")
    #expect(run.status == .done, "\(run.remarks)")
    let data = Data(run.result.joined().utf8)
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func `the processor and the reference are always there, and auto takes one`() throws {
    let devices = try #require(inventory()["devices"] as? [[String: Any]])
    #expect(devices.map { $0["backend"] as? String } == ["cpu", "reference"])
    #expect(devices.map { $0["auto"] as? Bool } == [true, false])
    #expect((devices[0]["cores"] as? Int ?? 0) >= 1)
  }

  @Test(.enabled(if: hasDevice, "no OpenCL device here"))
  func `every OpenCL device is described`() throws {
    let opencl = try #require(inventory()["opencl"] as? [String: Any])
    let described = try #require(opencl["devices"] as? [[String: Any]])
    let devices = try OpenCLDevice.all()
    #expect(described.map { $0["index"] as? Int } == Array(devices.indices))
    for (description, device) in zip(described, devices) {
      #expect(description["name"] as? String == device.name)
      #expect(description["platform"] as? String == device.platform)
      #expect(description["driver"] as? String == device.driver)
      #expect(description["memoryBytes"] as? Int == device.globalMemory)
      #expect(description["largestAllocationBytes"] as? Int == device.largestAllocation)
      #expect(description["computeUnits"] as? Int == device.computeUnits)
      #expect(description["fp16"] as? Bool == device.hasHalf)
      #expect(description["fp64"] as? Bool == device.hasDouble)
    }
    let text = CommandRun("devices").result
    for (index, device) in devices.enumerated() {
      #expect(text.contains("opencl \(index) is \(device.name): \(device.version)"))
      #expect(text.contains { $0.hasPrefix("opencl \(index) has fp32") })
    }
  }

  @Test func `abilities are listed in words`() {
    var device = OpenCLInventory.Device(
      index: 0, name: "H200", platform: "NVIDIA CUDA", vendor: "NVIDIA Corporation",
      driver: "580.1", version: "OpenCL 3.0 CUDA", type: "gpu", computeUnits: 132,
      memoryBytes: 150_000_000_000, largestAllocationBytes: 37_500_000_000,
      localMemoryBytes: 49152, fp16: false, fp64: false, subgroups: false, subgroupSizes: [],
      matrixInstructions: [])
    #expect(device.abilities == "fp32 only")
    device.fp64 = true
    device.subgroupSizes = [32]
    device.matrixInstructions = ["fp16", "bf16"]
    #expect(device.abilities == "fp32, fp64, warps of 32, matrix instructions for fp16, bf16")
    device.fp16 = true
    device.subgroups = true
    #expect(
      device.abilities
        == "fp32, fp16, fp64, sub-groups of 32, matrix instructions for fp16, bf16")
    device.gridBarrier = GridBarrier(groups: 132)
    let inventory = OpenCLInventory(
      library: "libOpenCL.so.1", platforms: [], devices: [device], problems: ["one is missing"])
    #expect(
      inventory.tableLines == [
        "",
        "opencl  type  units  memory  a buffer    local  driver  platform",
        "     0  gpu     132  150 GB   37.5 GB  49.2 kB  580.1   NVIDIA CUDA",
      ])
    #expect(
      inventory.remarks == [
        "opencl 0 is H200: OpenCL 3.0 CUDA",
        "opencl 0 has " + device.abilities,
        "opencl 0 grid barrier: 132 groups of 256 (probe)",
        "one is missing",
      ])
    device.gridBarrier?.groups = 0
    #expect(device.gridBarrierText == "none: groups waited in vain (probe)")
    (device.type, device.gridBarrier) = ("cpu", nil)
    #expect(device.gridBarrierText == "not probed: CPU device")
  }
}

/// In a process of its own, since loaders read their variables once.
@Suite("sluice devices without OpenCL", .enabled(if: BinaryRun.path != nil))
struct DevicesAbsenceTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The line about OpenCL.
  private func sentence(_ variables: [String: String]) throws -> String {
    let run = try BinaryRun(["devices"], in: folder, variables: variables)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(run.standardError == "")
    let lines = run.standardOutput.split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.hasPrefix("cpu ") })
    #expect(lines.last?.hasPrefix("auto takes cpu 0") == true)
    let sentences = lines.filter { $0.contains("OpenCL") }
    #expect(sentences.count == 1, "\(lines)")
    return sentences.first ?? ""
  }

  @Test func `a loader that is not there is a sentence`() throws {
    let text = try sentence(["SLUICE_OPENCL_LIBRARY": "libmissing.so.9"])
    #expect(
      text.hasPrefix("no OpenCL here: looked for libmissing.so.9 (SLUICE_OPENCL_LIBRARY): "))
    #expect(text.hasSuffix("; Debian's package ocl-icd-libopencl1 brings libOpenCL.so.1"))
  }

  @Test func `a library that is no loader is a sentence`() throws {
    let text = try sentence(["SLUICE_OPENCL_LIBRARY": "libm.so.6"])
    #expect(text.contains("libm.so.6 is not OpenCL 1.2: it has no function clGetPlatformIDs"))
  }

  @Test(.enabled(if: (try? OpenCLLibrary.open()) != nil, "no OpenCL loader here"))
  func `a folder without drivers is a sentence`() throws {
    let drivers = folder.file("vendors")
    try FileManager.default.createDirectory(atPath: drivers, withIntermediateDirectories: true)
    let text = try sentence(["OCL_ICD_VENDORS": drivers])
    #expect(
      text.hasPrefix(
        "OpenCL's loader libOpenCL.so.1 knows no platform: looked for drivers in \(drivers) "
          + "(OCL_ICD_VENDORS), which names no driver; Debian's packages: "), "\(text)")
  }

  @Test(.enabled(if: (try? OpenCLLibrary.open()) != nil, "no OpenCL loader here"))
  func `drivers that do not open, or are none, are a sentence`() throws {
    let drivers = folder.file("vendors")
    try FileManager.default.createDirectory(atPath: drivers, withIntermediateDirectories: true)
    try "libmissing.so.9\n".write(
      toFile: drivers + "/a.icd", atomically: true, encoding: .utf8)
    try "libm.so.6\n".write(toFile: drivers + "/b.icd", atomically: true, encoding: .utf8)
    let text = try sentence(["OCL_ICD_VENDORS": drivers])
    #expect(text.contains("a.icd, whose library does not open: libmissing.so.9: "), "\(text)")
    #expect(text.contains("b.icd, whose library libm.so.6 finds no platform"), "\(text)")
  }

  /// A driver whose library dereferences null while it is loaded.
  private func crashingDriver() throws -> String {
    let source = "__attribute__((constructor)) void f(void) { *(volatile int *)0 = 1; }"
    try source.write(toFile: folder.file("driver.c"), atomically: true, encoding: .utf8)
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = [
      "clang", "-shared", "-fPIC", "-w", folder.file("driver.c"), "-o", folder.file("driver.so"),
    ]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    let drivers = folder.file("vendors")
    try FileManager.default.createDirectory(atPath: drivers, withIntermediateDirectories: true)
    try folder.file("driver.so").write(
      toFile: drivers + "/crash.icd", atomically: true, encoding: .utf8)
    return drivers
  }

  @Test(.enabled(if: (try? OpenCLLibrary.open()) != nil, "no OpenCL loader here"))
  func `a driver that crashes ends the command with a sentence, and can be left out`() throws {
    let drivers = try crashingDriver()
    let run = try BinaryRun(["devices"], in: folder, variables: ["OCL_ICD_VENDORS": drivers])
    #expect(run.exitCode == 4)
    #expect(run.standardError.hasPrefix("sluice: error: an OpenCL driver crashed "))
    _ = try sentence(["OCL_ICD_VENDORS": drivers, "SLUICE_OPENCL_LIBRARY": "none"])
  }
}
