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

  @Test("The tuner takes the fastest size of each choice by its clock")
  func choices() throws {
    let device = try #require(OpenCLDevice.all().first)
    guard device.type == .cpu else { return }
    // A clock by which the third size measured is the fastest of its choice.
    var (time, sizes, calls) = (0.0, 0, 0)
    let tuner = DeviceTuner(device: device, hidden: 20, repetitions: 1)
    let tuning = try tuner.run(
      now: {
        calls += 1
        time += calls % 2 == 0 && sizes % 8 == 2 ? 1 : 10
        return time
      }, report: { _ in sizes += 1 })
    #expect(sizes == 8)
    #expect(tuning.wide.fewVectors == 4)
    #expect(tuning.wide.vectorStreams == 4 && tuning.wide.manyVectors == 2)
  }
}
