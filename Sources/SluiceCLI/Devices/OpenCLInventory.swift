import SluiceOpenCL

/// What OpenCL offers on a machine.
struct OpenCLInventory: Encodable {
  /// The loader that was opened; nil where there is none.
  var library: String?
  var platforms: [Platform]
  /// Of all platforms, in the order in which they are numbered.
  var devices: [Device]
  /// A sentence for everything that is missing or does not answer.
  var problems: [String]

  struct Platform: Encodable {
    var name: String
    var version: String
  }

  struct Device: Encodable {
    var index: Int
    var name: String
    var platform: String
    var vendor: String
    /// Of the driver itself.
    var driver: String
    /// What it implements.
    var version: String
    /// `cpu`, `gpu`, `accelerator` or `other`.
    var type: String
    var computeUnits: Int
    var memoryBytes: Int
    /// What one buffer may have.
    var largestAllocationBytes: Int
    var localMemoryBytes: Int
    /// Whether kernels compute in it.
    var fp16: Bool
    var fp64: Bool
    var subgroups: Bool
    /// Sizes that a sub-group can have, as far as the driver says.
    var subgroupSizes: [Int]
    /// Element types of the matrix instructions that a test program compiled for.
    var matrixInstructions: [String]
    /// Work-groups that run at the same time and may wait for each other, by a probe; nil on CPU
    /// devices, which are not probed.
    var gridBarrier: GridBarrier?
  }
}

extension OpenCLInventory {
  init(_ survey: OpenCLSurvey) {
    library = survey.library
    platforms = survey.platforms.map { Platform(name: $0.name, version: $0.version) }
    problems = survey.problems
    devices = []
    for (index, device) in survey.devices.enumerated() {
      var matrixElements: [MatrixElement] = []
      var barrier: GridBarrier?
      do {
        matrixElements = try OpenCLContext(device: device).matrixElements()
        barrier = try GridBarrier.found(on: device)
      } catch {
        problems.append("opencl \(index) does not work: \(error)")
      }
      devices.append(
        Device(device, index: index, matrixElements: matrixElements, gridBarrier: barrier))
    }
  }

  /// Sizes and drivers, after a blank line; nothing where there is no device.
  var tableLines: [String] {
    guard !devices.isEmpty else { return [] }
    let headings = ["opencl", "type", "units", "memory", "a buffer", "local", "driver", "platform"]
    var table = Table(headings, rightAligned: [0, 2, 3, 4, 5])
    table.rows = devices.map { device in
      [
        "\(device.index)", device.type, "\(device.computeUnits)", bytes(Double(device.memoryBytes)),
        bytes(Double(device.largestAllocationBytes)), bytes(Double(device.localMemoryBytes)),
        device.driver, device.platform,
      ]
    }
    return [""] + table.lines
  }

  /// What does not fit a column, and what is missing.
  var remarks: [String] {
    devices.map { "opencl \($0.index) is \($0.name): \($0.version)" }
      + devices.map { "opencl \($0.index) has \($0.abilities)" }
      + devices.map { "opencl \($0.index) grid barrier: \($0.gridBarrierText)" } + problems
  }
}

extension OpenCLInventory.Device {
  fileprivate init(
    _ device: OpenCLDevice, index: Int, matrixElements: [MatrixElement], gridBarrier: GridBarrier?
  ) {
    self.init(
      index: index, name: device.name, platform: device.platform, vendor: device.vendor,
      driver: device.driver, version: device.version, type: device.type.rawValue,
      computeUnits: device.computeUnits, memoryBytes: device.globalMemory,
      largestAllocationBytes: device.largestAllocation, localMemoryBytes: device.localMemory,
      fp16: device.hasHalf, fp64: device.hasDouble, subgroups: device.hasSubgroups,
      subgroupSizes: device.subgroupSizes, matrixInstructions: matrixElements.map(\.rawValue),
      gridBarrier: gridBarrier)
  }

  /// What the probe of a grid barrier found.
  var gridBarrierText: String {
    guard let gridBarrier else {
      return type == OpenCLDevice.Kind.cpu.rawValue ? "not probed: CPU device" : "not probed"
    }
    guard gridBarrier.groups > 0 else {
      return "none: \(gridBarrier.reason ?? "groups waited in vain") (probe)"
    }
    return "\(gridBarrier.groups) groups of \(GridBarrier.items) (probe)"
  }

  /// What it can do beyond OpenCL 1.2's least.
  var abilities: String {
    var has: [String] = []
    if fp16 { has.append("fp16") }
    if fp64 { has.append("fp64") }
    let sizes = subgroupSizes.map { "\($0)" }.joined(separator: ", ")
    if subgroups {
      has.append("sub-groups" + (sizes.isEmpty ? "" : " of \(sizes)"))
    } else if !sizes.isEmpty {
      has.append("warps of \(sizes)")
    }
    let elements = matrixInstructions.joined(separator: ", ")
    if !elements.isEmpty { has.append("matrix instructions for \(elements)") }
    return has.isEmpty ? "fp32 only" : "fp32, " + has.joined(separator: ", ")
  }
}
