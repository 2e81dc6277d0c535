import Glibc

/// Why a load could not be run.
struct LoadError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  /// What the system's last call said.
  init(system call: String) {
    description = unsafe "\(call): \(String(cString: strerror(errno)))"
  }
}
