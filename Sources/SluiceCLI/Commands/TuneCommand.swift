import ArgumentParser
import Sluice
import SluiceOpenCL

/// `sluice tune`: which sizes of kernels are fastest on this device?
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Measures work-group and tile sizes on an OpenCL device and keeps the best.",
    discussion: """
      They are kept for the device and its driver in the folder of SLUICE_CACHE and change times only: \
      outputs stay the same bits. A device that was never tuned runs with defaults.
      """)

  @Option(help: "One device: its number or a part of its name, as 'sluice devices' prints them.")
  var device: String?

  func run() throws {
    try checkOneDevice(device, of: "tune")
    let (backend, _, decision) = try BackendSelection.named("opencl").resolved(device: device)
    guard let device = (backend as? OpenCLBackend)?.device else {
      throw CommandError(.usage, "'\(decision.device)' is no OpenCL device")
    }
    let file = TuningFile(for: device)
    if let problem = file.read().problem { Console.current.remark("sluice: \(problem)") }
    if let obstacle = file.obstacle {
      throw CommandError(.output, "nothing is measured that cannot be kept: \(obstacle)")
    }
    var table = Table(["choice", "size", "streams", "us of launches"], rightAligned: [2, 3])
    let tuning = try DeviceTuner(device: device).run {
      table.rows.append([$0.choice, $0.size, "\($0.streams)", fixed($0.microseconds, 1)])
    }
    for line in [decision.device] + table.lines { Console.current.result(line) }
    Console.current.result("kept: \(tuning.summary(isCPU: device.type == .cpu))")
    if let problem = file.write(tuning) {
      throw CommandError(.output, "the tuning is not kept: \(problem)")
    }
  }
}
