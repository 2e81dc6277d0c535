import COpenCL
import SluiceBackends

extension OpenCLDevice {
  /// Asks the driver. What no driver has to answer is left empty rather than refused.
  ///
  /// - Throws: `deviceFailed` if it does not answer what OpenCL 1.2 demands.
  init(_ id: DeviceID, platform: String, in library: OpenCLLibrary) throws(BackendError) {
    let queries = DeviceQueries(id: id, library: library, platform: platform)
    let extensions = Set(
      try queries.text(CL_DEVICE_EXTENSIONS).split(separator: " ").map { "\($0)" })
    self.init(
      platform: platform,
      name: try queries.text(CL_DEVICE_NAME),
      vendor: try queries.text(CL_DEVICE_VENDOR),
      driver: try queries.text(CL_DRIVER_VERSION),
      version: try queries.text(CL_DEVICE_VERSION),
      type: Kind(try queries.number(CL_DEVICE_TYPE, as: cl_device_type.self)),
      globalMemory: try queries.number(CL_DEVICE_GLOBAL_MEM_SIZE, as: cl_ulong.self),
      largestAllocation: try queries.number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, as: cl_ulong.self),
      localMemory: try queries.number(CL_DEVICE_LOCAL_MEM_SIZE, as: cl_ulong.self),
      computeUnits: try queries.number(CL_DEVICE_MAX_COMPUTE_UNITS, as: cl_uint.self),
      largestGroup: try queries.number(CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self),
      extensions: extensions,
      hasHalf: extensions.contains("cl_khr_fp16"),
      hasDouble: queries.hasDouble || extensions.contains("cl_khr_fp64"),
      subgroupSizes: queries.subgroupSizes(extensions),
      id: id, library: library)
  }
}

extension OpenCLDevice.Kind {
  /// - Parameter bits: a `cl_device_type`.
  fileprivate init(_ bits: Int) {
    let bits = Int32(truncatingIfNeeded: bits)
    if bits & CL_DEVICE_TYPE_GPU != 0 {
      self = .gpu
    } else if bits & CL_DEVICE_TYPE_CPU != 0 {
      self = .cpu
    } else {
      self = bits & CL_DEVICE_TYPE_ACCELERATOR != 0 ? .accelerator : .other
    }
  }
}

/// `clGetDeviceInfo` for one device (OpenCL 1.2 specification, section 4.2).
private struct DeviceQueries {
  let id: DeviceID
  let library: OpenCLLibrary
  let platform: String

  private var subject: CallSubject { CallSubject(device: "a device of \(platform)") }

  func text(_ name: Int32) throws(BackendError) -> String {
    String(decoding: try bytes(name).prefix { $0 != 0 }, as: UTF8.self).trimmingSpaces
  }

  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ name: Int32, as type: Number.Type
  ) throws(BackendError) -> Int {
    let bytes = try bytes(name)
    guard bytes.count >= MemoryLayout<Number>.size else {
      throw BackendError(
        .deviceFailed,
        "a device of \(platform) answers query \(name) with \(bytes.count) bytes, expected "
          + "\(MemoryLayout<Number>.size)")
    }
    return Int(clamping: unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: Number.self) })
  }

  /// OpenCL 1.2 has the query; older drivers refuse it.
  var hasDouble: Bool {
    let bits = try? number(CL_DEVICE_DOUBLE_FP_CONFIG, as: cl_device_fp_config.self)
    return (bits ?? 0) != 0
  }

  func subgroupSizes(_ extensions: Set<String>) -> [Int] {
    if extensions.contains("cl_intel_required_subgroup_size") {
      let list = (try? bytes(CL_DEVICE_SUB_GROUP_SIZES_INTEL)) ?? []
      return stride(from: 0, to: list.count - 7, by: 8).map { start in
        Int(clamping: list[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
      }
    }
    if extensions.contains("cl_nv_device_attribute_query") {
      return (try? number(CL_DEVICE_WARP_SIZE_NV, as: cl_uint.self)).map { [$0] } ?? []
    }
    if extensions.contains("cl_amd_device_attribute_query") {
      return (try? number(CL_DEVICE_WAVEFRONT_WIDTH_AMD, as: cl_uint.self)).map { [$0] } ?? []
    }
    return []
  }

  private func bytes(_ name: Int32) throws(BackendError) -> [UInt8] {
    try unsafe library.information(.getDeviceInfo, subject) { functions, count, bytes, needed in
      unsafe functions.getDeviceInfo(id.raw, cl_device_info(name), count, bytes, needed)
    }
  }
}
