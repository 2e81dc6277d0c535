import FoundationEssentials

/// Where the loader looks for drivers: one file with the ending `.icd` for each, which holds the name of
/// the library (Khronos, `cl_khr_icd` extension specification, section "Adding a new vendor driver").
struct DriverFolder {
  /// As `OCL_ICD_VENDORS` or the standard has it; a folder, or one driver.
  let path: String
  /// The environment variable that it comes from; nil for the standard folder.
  let variable: String?

  static var current: DriverFolder {
    for name in ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"] {
      if let path = environment(name) { return DriverFolder(path: path, variable: name) }
    }
    return DriverFolder(path: "/etc/OpenCL/vendors", variable: nil)
  }

  /// The libraries that are named here, and what keeps them from being opened.
  private var drivers: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().filter { $0.hasSuffix(".icd") }.map(description(of:))
  }

  private func description(of name: String) -> String {
    let text = try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    guard let library = text?.split(whereSeparator: \.isNewline).first.map(String.init) else {
      return "\(name), which names no library"
    }
    do {
      _ = try SharedObject(path: library.trimmingSpaces)
      return "\(name), whose library \(library) finds no platform"
    } catch {
      return "\(name), whose library does not open: \(error.message)"
    }
  }

  /// A sentence on why a loader has no platform.
  func absence(of library: String) -> String {
    let origin = variable.map { " (\($0))" } ?? ""
    let exists = FileManager.default.fileExists(atPath: path)
    let found = drivers
    let content =
      !exists
      ? "which is not there"
      : found.isEmpty ? "which names no driver" : "and found \(found.joined(separator: ", "))"
    return """
      OpenCL's loader \(library) knows no platform: looked for drivers in \(path)\(origin), \
      \(content); Debian's packages: nvidia-opencl-icd for NVIDIA, intel-opencl-icd for Intel, \
      mesa-opencl-icd for AMD, pocl-opencl-icd for processors
      """
  }
}
