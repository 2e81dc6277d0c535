import COpenCL
import Glibc
import SluiceBackends
import Synchronization

/// OpenCL's loader, opened while the program runs, and the door through which every call goes.
///
/// Everything made from one library, devices and contexts included, reports through its door; a
/// test that injects failures opens one of its own.
public final class OpenCLLibrary: Sendable {
  /// What was opened.
  public let path: String
  let functions: OpenCLFunctions
  let injection = FailureInjection()

  /// The environment variable that names another library in place of `standardPath`.
  public static let pathVariable = "SLUICE_OPENCL_LIBRARY"
  /// The name under which every loader installs itself on Linux.
  public static let standardPath = "libOpenCL.so.1"

  private init(_ object: SharedObject) throws(BackendError) {
    path = object.path
    functions = try OpenCLFunctions(object)
  }

  /// - Parameter path: a file or a name for the dynamic linker; nil for that which the environment
  ///   variable `SLUICE_OPENCL_LIBRARY` names, else `libOpenCL.so.1`.
  /// - Throws: `unavailable` with what was looked for and the package that brings it.
  public static func open(_ path: String? = nil) throws(BackendError) -> OpenCLLibrary {
    let named = path ?? environment(pathVariable)
    do {
      return try OpenCLLibrary(try SharedObject(path: named ?? standardPath))
    } catch {
      let origin = path == nil && named != nil ? " (\(pathVariable))" : ""
      throw BackendError(
        .unavailable,
        """
        no OpenCL here: looked for \(named ?? standardPath)\(origin): \(error.message); \
        Debian's package ocl-icd-libopencl1 brings \(standardPath)
        """)
    }
  }
}

/// A variable of the process's environment; nil where it is absent or empty.
func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  let text = unsafe String(cString: value)
  return text.isEmpty ? nil : text
}
