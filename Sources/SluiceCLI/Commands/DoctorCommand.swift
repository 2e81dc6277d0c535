import ArgumentParser
import Sluice
import SluiceOpenCL

/// `sluice doctor`: does this device compute what the reference does?
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Runs every kernel on an OpenCL device and holds it against the reference.",
    discussion: """
      Operators of every kind, sizes odd and even, for 1 to 4096 streams: each output of each stream \
      within a bound that follows from the length of its sums, with the same bits wherever the stream \
      is. Exit code 1 if anything misses. The first thing to run on a new machine.
      """)

  @Option(
    help: ArgumentHelp(
      "Devices as 'sluice devices' prints them, one after another: one number, several (0,1), all, or "
        + "a part of one's name.", valueName: "index,…|all|name-part"))
  var device: String?

  @Option(
    help: ArgumentHelp(
      "Kernels of this kind only, such as gru, in fp32, or 'gru fp16'; may be repeated.",
      valueName: "kernels"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp(
      "Numbers of streams that step together, from 1 to 65536; 1,2,15,17,64,257,4096 if not given.",
      valueName: "n,…"))
  var streams: CountList?

  @OptionGroup var output: JSONOptionGroup

  func run() throws {
    try output.check()
    let families = try chosenFamilies()
    let backends = try BackendSelection.named("opencl").resolvedAll(device: device)
    var reports: [DoctorReport] = []
    for backend in backends {
      let others = reports
      reports.append(
        try DoctorReport(families, examination, on: backend, named: backend.deviceName) { report in
          guard backends.count > 1 else { return try output.keep(report) }
          try output.keep(DoctorReports(devices: others + [report]))
        })
    }
    let lines = Array(reports.map(\.lines).joined(separator: [""]))
    if reports.count == 1 {
      try output.report(reports[0], lines)
    } else {
      try output.report(DoctorReports(devices: reports), lines)
    }
    for miss in reports.flatMap(\.misses).prefix(20) { Console.current.remark("sluice: \(miss)") }
    let wrong = reports.filter { !$0.misses.isEmpty }.map {
      "'\($0.device)' misses \(counted($0.misses.count, "bound")): do not use it"
    }
    guard wrong.isEmpty else {
      throw CommandError(.mismatch, wrong.joined(separator: "; "))
    }
  }
}

extension DoctorCommand {
  private var examination: Examination {
    streams.map { Examination(streamCounts: $0.values.sorted()) } ?? Examination()
  }

  private func chosenFamilies() throws -> [KernelFamily] {
    let all = try KernelFamily.all()
    for name in only where !all.contains(where: { $0.name == name }) {
      let names = all.map(\.name).joined(separator: ", ")
      throw CommandError(.usage, "--only \(name): expected one of \(names)")
    }
    return only.isEmpty ? all : all.filter { only.contains($0.name) }
  }
}

/// What the doctor found on several devices, in the order in which they were named.
struct DoctorReports: Encodable {
  var devices: [DoctorReport]
}

/// What the doctor found on a device.
struct DoctorReport: Encodable {
  var device: String
  /// All that are examined, also those that have no finding yet.
  var families: [String]
  /// Those that the device cannot run at all, with the reason.
  var absent: [String] = []
  var findings: [Finding] = []

  /// Examines families of kernels, with a progress bar.
  ///
  /// - Parameters:
  ///   - hasDouble: whether the device has fp64; nil for what an OpenCL device says of itself.
  ///   - keep: takes the report before the first family and after each.
  init(
    _ families: [KernelFamily], _ examination: Examination, on backend: any Backend,
    named device: String, hasDouble: Bool? = nil,
    keep: (DoctorReport) throws -> Void = { _ in }
  ) throws {
    self.device = device
    let hasDouble = hasDouble ?? (backend as? OpenCLBackend)?.device.hasDouble ?? true
    absent = families.filter { $0.needsDouble && !hasDouble }.map {
      "\($0.name): '\(device)' has no fp64"
    }
    let families = families.filter { hasDouble || !$0.needsDouble }
    self.families = families.map(\.name)
    try keep(self)
    var progress = ProgressBar(total: families.count)
    defer { progress.clear() }
    for family in families {
      progress.show(family.name)
      findings.append(try examination.run(family, on: backend))
      try keep(self)
      progress.advance()
    }
  }

  var misses: [String] { findings.flatMap(\.misses) }

  var lines: [String] {
    let headings = [
      "kernels", "operators", "outputs", "streams", "largest error", "bound", "", "ms",
    ]
    var table = Table(headings, rightAligned: [1, 2, 4, 5, 7])
    table.rows = findings.map { finding in
      [
        finding.family, "\(finding.operators)", grouped(finding.outputs),
        "\(finding.streams.first ?? 0)–\(finding.streams.last ?? 0)", short(finding.error),
        short(finding.bound), finding.misses.isEmpty ? "ok" : "MISSED",
        fixed(finding.milliseconds, 0),
      ]
    }
    return [device] + table.lines + absent
  }
}
