import ArgumentParser
import Sluice
import SluiceCPU

/// `sluice devices`: where networks can run here.
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Prints every backend and device, and which one 'auto' takes.")

  @OptionGroup var output: JSONOptionGroup

  func run() throws {
    let choice = try BackendSelection.auto.resolved().decision
    let inventory = Inventory(
      devices: Engine.devices.map {
        Inventory.Device(
          backend: $0.backend, index: $0.index, name: $0.device,
          cores: $0.backend == CPUBackend().name ? Processor.current.cores : nil,
          vectorFeatures: $0.backend == CPUBackend().name
            ? Processor.current.vectorFeatures : [],
          note: $0.note,
          auto: $0.backend == choice.backend && $0.device == choice.device)
      }, reason: choice.reason)
    try output.report(inventory, inventory.lines)
  }
}

/// The backends and devices of a machine.
struct Inventory: Encodable {
  var devices: [Device]
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
    return table.lines + [""] + features + notes
      + ["auto takes \(taken.joined(separator: ", ")): \(reason)"]
  }
}
