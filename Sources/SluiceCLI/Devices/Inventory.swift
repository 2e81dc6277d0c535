import Sluice
import SluiceCPU
import SluiceOpenCL

/// The backends and devices of a machine.
struct Inventory: Encodable {
  var devices: [Device]
  var opencl: OpenCLInventory
  /// Whether there are GPUs, so that `auto` predicts for each network which one it takes.
  var predicts: Bool
  /// Why `auto` takes the one it takes.
  var reason: String

  struct Device: Encodable {
    var backend: String
    /// What `--device` takes; counted within the backend.
    var index: Int
    var name: String
    /// Of a processor; nil where they do not count.
    var cores: Int?
    /// Its vector instruction sets, by the operating system's names.
    var vectorFeatures: [String]
    var note: String
    /// Whether `auto` takes it.
    var auto: Bool
  }

  /// What this machine has.
  static func current() throws -> Inventory {
    let opencl = DriverCrash.caught { OpenCLInventory(OpenCLSurvey()) }
    DriverCrash.caught { BackendSelection.findGPUs() }
    let choice = try BackendSelection.auto.resolved().decision
    let devices = Engine.devices.map { device in
      let processor = device.backend == CPUBackend().name ? Processor.current : nil
      return Device(
        backend: device.backend, index: device.index, name: device.device, cores: processor?.cores,
        vectorFeatures: processor?.vectorFeatures ?? [], note: device.note,
        auto: device.backend == choice.backend && device.device == choice.device)
    }
    let rule = AutomaticRule(choice.candidates)
    return Inventory(
      devices: devices, opencl: opencl, predicts: rule.hasGPU, reason: rule.sentence)
  }

  var lines: [String] {
    var table = Table(["backend", "device", "name", "cores"], rightAligned: [1, 3])
    table.rows = devices.map {
      [$0.backend, "\($0.index)", $0.name, $0.cores.map { "\($0)" } ?? "-"]
    }
    let features = devices.filter { !$0.vectorFeatures.isEmpty }.map {
      "\($0.backend) \($0.index) has \($0.vectorFeatures.joined(separator: " "))"
    }
    let notes = devices.map { "\($0.backend) \($0.index) is \($0.note)" }
    let taken = devices.filter(\.auto).map { "\($0.backend) \($0.index)" }
    return table.lines + opencl.tableLines + [""] + features + opencl.remarks + notes
      + [predicts ? "auto \(reason)" : "auto takes \(taken.joined(separator: ", ")): \(reason)"]
  }
}
