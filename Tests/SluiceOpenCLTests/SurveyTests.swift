import Foundation
import SluiceBackends
import Testing

@testable import SluiceOpenCL

@Suite("What OpenCL offers here", .needsDevice)
struct SurveyTests {
  @Test func `every device is described, platform by platform`() throws {
    let survey = OpenCLSurvey(try OpenCLLibrary.open())
    #expect(survey.library != nil)
    #expect(survey.devices.map(\.name) == (try OpenCLDevice.all().map(\.name)))
    for platform in survey.platforms {
      #expect(platform.version.hasPrefix("OpenCL "))
      #expect(platform.devices.allSatisfy { $0.platform == platform.name })
    }
    for device in survey.devices {
      #expect(!device.name.isEmpty && !device.driver.isEmpty && !device.vendor.isEmpty)
      #expect(device.version.hasPrefix("OpenCL "))
      #expect(device.computeUnits >= 1 && device.largestGroup >= 1 && device.localMemory > 0)
      // OpenCL 1.2, table 4.3: at least a quarter of the memory, at least 128 MiB.
      #expect(device.largestAllocation >= min(device.globalMemory / 4, 128 << 20))
      #expect(device.largestAllocation <= device.globalMemory)
    }
  }

  @Test func `PoCL's device is a processor without fp16`() throws {
    let device = try OpenCLDevice.all().first { $0.platform == "Portable Computing Language" }
    guard let device else { return }
    #expect(device.type == .cpu)
    #expect(!device.hasHalf && device.hasDouble && !device.isNVIDIA)
  }

  @Test func `matrix instructions are looked for with NVIDIA's driver only`() throws {
    for device in try OpenCLDevice.all() where !device.isNVIDIA {
      #expect(try OpenCLContext(device: device, cache: .disabled).matrixElements() == [])
    }
  }

  @Test func `a program of another platform is no matrix instruction`() throws {
    let setup = try OpenCLSetup()
    guard !setup.context.device.isNVIDIA else { return }
    for element in MatrixElement.allCases {
      #expect(throws: BackendError.self) {
        try setup.context.makeProgram(source: element.probe, name: element.rawValue)
      }
    }
  }

  @Test func `no platform is a sentence about where drivers were looked for`() throws {
    let library = try OpenCLLibrary.open()
    library.inject(failureOf: .getPlatformIDs, status: -1001)
    let survey = OpenCLSurvey(library)
    #expect(survey.devices.isEmpty)
    #expect(survey.problems.count == 1)
    let error = #expect(throws: BackendError.self) { try OpenCLDevice.all(in: library) }
    #expect(error?.code == .unavailable)
    #expect(error?.message == survey.problems[0])
    #expect(survey.problems[0].contains("pocl-opencl-icd for processors"))
  }

  @Test func `a platform without a device is named`() throws {
    let library = try OpenCLLibrary.open()
    library.inject(failureOf: .getDeviceIDs, status: -1)
    let survey = OpenCLSurvey(library)
    #expect(!survey.platforms.isEmpty)
    #expect(
      survey.problems
        == survey.platforms.map { "platform \($0.name) (\($0.version)) has no device" })
  }

  @Test func `a device that does not answer is a sentence, and the survey goes on`() throws {
    let library = try OpenCLLibrary.open()
    library.inject(failureOf: .getDeviceInfo, after: 7, failures: 1, status: -6)
    let survey = OpenCLSurvey(library)
    #expect(survey.problems.count == 1)
    let platform = survey.platforms[0].name
    #expect(
      survey.problems.first
        == "clGetDeviceInfo on a device of \(platform) failed: CL_OUT_OF_HOST_MEMORY (-6)")
  }
}

@Suite("What is missing for OpenCL")
struct AbsenceTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func absence() -> String {
    DriverFolder(path: folder.path, variable: "OCL_ICD_VENDORS").absence(of: "libOpenCL.so.1")
  }

  private var start: String {
    "OpenCL's loader libOpenCL.so.1 knows no platform: looked for drivers in \(folder.path) "
      + "(OCL_ICD_VENDORS), "
  }

  @Test func `a loader that is not there is named, with its package`() {
    let survey = OpenCLSurvey(path: "libmissing.so.9")
    #expect(survey.library == nil && survey.devices.isEmpty)
    #expect(survey.problems.count == 1)
    #expect(
      survey.problems[0].hasPrefix("no OpenCL here: looked for libmissing.so.9: libmissing.so.9: "))
    #expect(
      survey.problems[0].hasSuffix(
        "; Debian's package ocl-icd-libopencl1 brings libOpenCL.so.1"))
  }

  @Test func `a library that is not OpenCL is refused by its first missing function`() {
    let error = #expect(throws: BackendError.self) { try OpenCLLibrary.open("libm.so.6") }
    #expect(error?.code == .unavailable)
    #expect(
      error?.message.hasPrefix(
        "no OpenCL here: looked for libm.so.6: libm.so.6 is not OpenCL 1.2: it has no function "
          + "clGetPlatformIDs; ") == true)
  }

  @Test func `an empty folder names no driver`() {
    #expect(absence().hasPrefix(start + "which names no driver; Debian's packages: "))
  }

  @Test func `a folder that is not there is said to be so`() {
    let missing = DriverFolder(path: folder.file("none"), variable: nil).absence(of: "lib")
    #expect(missing.contains("looked for drivers in \(folder.file("none")), which is not there;"))
  }

  @Test func `a driver that does not open is named with the reason`() throws {
    try "libmissing-driver.so.1\n".write(
      toFile: folder.file("b.icd"), atomically: true, encoding: .utf8)
    try "".write(toFile: folder.file("a.icd"), atomically: true, encoding: .utf8)
    try "".write(toFile: folder.file("ignored.txt"), atomically: true, encoding: .utf8)
    let text = absence()
    #expect(
      text.hasPrefix(
        start + "and found a.icd, which names no library, b.icd, whose library does not open: "
          + "libmissing-driver.so.1: "), "\(text)")
  }

  @Test func `a driver that opens and has no platform is named`() throws {
    try "libm.so.6".write(toFile: folder.file("m.icd"), atomically: true, encoding: .utf8)
    #expect(
      absence().hasPrefix(start + "and found m.icd, whose library libm.so.6 finds no platform;"))
  }

  @Test func `a driver in place of a folder is looked at as well`() {
    let driver = DriverFolder(path: "libmissing-driver.so.1", variable: "OCL_ICD_VENDORS")
    #expect(
      driver.absence(of: "lib").contains(
        "looked for drivers in libmissing-driver.so.1 (OCL_ICD_VENDORS), which does not open: "))
  }
}
