import FoundationEssentials

/// Where the loader looks for drivers: one file with the ending `.icd` for each, which holds the
/// name of the library (Khronos, `cl_khr_icd` extension specification, section "Adding a new vendor
/// driver").
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

  /// A sentence on why a loader has no platform.
  func absence(of library: String) -> String {
    let origin = variable.map { " (\($0))" } ?? ""
    return """
      OpenCL's loader \(library) knows no platform: looked for drivers in \(path)\(origin), \
      \(content); Debian's packages: nvidia-opencl-icd for NVIDIA, intel-opencl-icd for Intel, \
      mesa-opencl-icd for AMD, pocl-opencl-icd for processors
      """
  }

  /// What is found at the path.
  private var content: String {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      // Loaders take a driver's library here as well.
      guard let problem = problem(of: path) else { return "which finds no platform" }
      let exists = FileManager.default.fileExists(atPath: path)
      return !exists && path.contains("/") ? "which is not there" : "which \(problem)"
    }
    let drivers = names.sorted().filter { $0.hasSuffix(".icd") }.map(description(of:))
    return drivers.isEmpty
      ? "which names no driver" : "and found \(drivers.joined(separator: ", "))"
  }

  private func description(of name: String) -> String {
    let text = try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    let line = text?.split(whereSeparator: \.isNewline).first
    guard let library = line.map({ String($0).trimmingSpaces }), !library.isEmpty else {
      return "\(name), which names no library"
    }
    let result = problem(of: library) ?? "\(library) finds no platform"
    return "\(name), whose library \(result)"
  }

  /// What keeps a library from being opened; nil if nothing does.
  private func problem(of library: String) -> String? {
    do {
      _ = try SharedObject(path: library)
      return nil
    } catch {
      return "does not open: \(error.message)"
    }
  }
}
