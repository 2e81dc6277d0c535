import FoundationEssentials
import SluiceBackends
import SluiceTestSupport
import Testing

@testable import SluiceOpenCL

@Suite("Tuning of OpenCL devices", .needsDevice)
struct TuningTests {
  @Test("A tuning is kept whole, and a file that is none is replaced")
  func file() throws {
    let folder = try TemporaryFolder()
    let device = try #require(OpenCLDevice.all().first)
    let file = TuningFile(for: device, in: ProgramCache(folder: folder.path))
    #expect(file.read().tuning == nil && file.read().problem == nil)
    var tuning = DeviceTuning()
    tuning.wide.vectorStreams = 8
    #expect(file.write(tuning) == nil)
    #expect(file.read().tuning == tuning)
    let path = try #require(file.path)
    let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
    for broken in [
      "", "{", text.replacing("\"version\" : 1", with: "\"version\" : 9"),
      text.replacing("\"vectorStreams\" : 8", with: "\"vectorStreams\" : 3"),
    ] {
      try Data(broken.utf8).write(to: URL(filePath: path))
      #expect(file.read().tuning == nil)
      #expect(file.read().problem?.contains("default sizes are used") == true)
    }
    #expect(file.write(tuning) == nil)
    #expect(file.read().tuning == tuning)
  }

  @Test("What launches take is the device's time, not the host's")
  func deviceClock() throws {
    let device = try #require(OpenCLDevice.all().first)
    var measured: [Double] = []
    let start = ContinuousClock.now
    let tuner = DeviceTuner(device: device, hidden: 20, repetitions: 1)
    _ = try tuner.run { measured.append($0.microseconds) }
    let all = start.duration(to: .now) / .microseconds(1)
    #expect(measured.allSatisfy { $0 > 0 })
    #expect(measured.reduce(0, +) < all)
  }

  @Test("Where nothing can be kept it is said before anything is measured")
  func obstacle() throws {
    let device = try #require(OpenCLDevice.all().first)
    let folder = try TemporaryFolder()
    let file = TuningFile(for: device, in: ProgramCache(folder: folder.path + "/new"))
    #expect(file.obstacle == nil)
    let nowhere = TuningFile(for: device, in: .disabled)
    #expect(nowhere.obstacle?.contains("SLUICE_CACHE is none") == true)
    #expect(nowhere.write(DeviceTuning()) == nowhere.obstacle)
    let blocked = folder.path + "/file"
    try Data().write(to: URL(filePath: blocked))
    let shut = TuningFile(for: device, in: ProgramCache(folder: blocked + "/cache"))
    #expect(shut.obstacle?.contains(blocked) == true)
  }

  @Test("The tuning of PoCL has a folder although its programs have none")
  func folder() {
    let variables = ["HOME": "/home/someone"]
    #expect(ProgramCache.named { variables[$0] }.folder == "/home/someone/.cache/sluice")
    let pocl = ProgramCache.standard(platform: "Portable Computing Language") { variables[$0] }
    #expect(pocl.folder == nil)
    #expect(ProgramCache.named { _ in "none" }.folder == nil)
  }

  @Test("The tuner takes the fastest size of each choice by its clock")
  func choices() throws {
    let device = try #require(OpenCLDevice.all().first)
    guard device.type == .cpu else { return }
    // A clock by which the third size measured is the fastest of its choice.
    var sizes = 0
    let tuner = DeviceTuner(device: device, hidden: 20, repetitions: 1) { _, _ in
      sizes % 8 == 2 ? 1 : 10
    }
    let tuning = try tuner.run { _ in sizes += 1 }
    #expect(sizes == 8)
    #expect(tuning.wide.fewVectors == 4)
    #expect(tuning.wide.vectorStreams == 4 && tuning.wide.manyVectors == 2)
  }
}
