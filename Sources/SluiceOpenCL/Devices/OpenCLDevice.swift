import SluiceBackends

/// A device that can run kernels, as its driver describes it.
public struct OpenCLDevice: Sendable {
  public enum Kind: String, Sendable, Hashable, Codable {
    case cpu, gpu, accelerator, other
  }

  /// The name of the platform, which is the driver's: `NVIDIA CUDA`, `Portable Computing Language`.
  public let platform: String
  public let name: String
  public let vendor: String
  /// The driver's own version.
  public let driver: String
  /// What it implements, such as `OpenCL 3.0 CUDA`.
  public let version: String
  public let type: Kind
  /// Bytes.
  public let globalMemory: Int
  /// Bytes that one buffer may have: `CL_DEVICE_MAX_MEM_ALLOC_SIZE`.
  public let largestAllocation: Int
  /// Bytes a work-group may have, by the query; NVIDIA's answer is smaller than what kernels get.
  public let localMemory: Int
  public let computeUnits: Int
  /// Work-items a work-group may have at most.
  public let largestGroup: Int
  public let extensions: Set<String>
  /// Whether kernels may compute in fp16 (`cl_khr_fp16`). Loading and storing fp16 needs nothing.
  public let hasHalf: Bool
  /// Whether kernels may compute in fp64.
  public let hasDouble: Bool
  /// Sizes that a sub-group can have: what Intel's drivers list, a warp or a wavefront; empty where
  /// there are none or the driver does not say.
  public let subgroupSizes: [Int]

  let id: DeviceID
  let library: OpenCLLibrary

  /// Whether kernels may have sub-groups.
  public var hasSubgroups: Bool {
    extensions.contains("cl_khr_subgroups") || extensions.contains("cl_intel_subgroups")
  }

  /// Whether the driver is NVIDIA's, whose compiler takes inline PTX.
  public var isNVIDIA: Bool { platform.hasPrefix("NVIDIA") }

  /// The device for an error's text.
  var subject: CallSubject { CallSubject(device: "'\(name)' (\(platform))") }
}

extension OpenCLDevice {
  /// Every device of every platform, in the drivers' order: the order in which `--device` counts.
  ///
  /// - Throws: `unavailable` if there is none, with what was looked for and what was found.
  public static func all() throws(BackendError) -> [OpenCLDevice] {
    try all(in: OpenCLLibrary.open())
  }

  /// Likewise, of a library that was opened already.
  public static func all(in library: OpenCLLibrary) throws(BackendError) -> [OpenCLDevice] {
    let survey = OpenCLSurvey(library)
    let devices = survey.devices
    guard !devices.isEmpty else {
      throw BackendError(.unavailable, survey.problems.joined(separator: "; "))
    }
    return devices
  }
}
