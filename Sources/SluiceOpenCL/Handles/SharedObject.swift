import Glibc
import SluiceBackends

/// A shared library that stays open until the process ends: drivers keep threads and exit handlers
/// in what the loader has opened, so it is never closed.
@safe struct SharedObject: @unchecked Sendable {
  let path: String
  private let handle: UnsafeMutableRawPointer

  /// - Parameter path: a file, or a name that the dynamic linker looks for.
  /// - Throws: `unavailable` with what the linker says.
  init(path: String) throws(BackendError) {
    guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw BackendError(.unavailable, Self.linkerMessage)
    }
    self.path = path
    unsafe self.handle = handle
  }

  /// - Parameter Function: the C function type of the call; nothing checks it against the library.
  /// - Throws: `unavailable` if the library has no such function.
  func function<Function>(_ call: OpenCLCall) throws(BackendError) -> Function {
    guard let symbol = unsafe dlsym(handle, call.rawValue) else {
      throw BackendError(
        .unavailable,
        "\(path) is not OpenCL 1.2: it has no function \(call.rawValue)")
    }
    return unsafe unsafeBitCast(symbol, to: Function.self)
  }

  private static var linkerMessage: String {
    guard let text = unsafe dlerror() else { return "the dynamic linker does not say why" }
    return unsafe String(cString: text)
  }
}
