import COpenCL
import SluiceBackends

/// A program built for one device.
public final class DeviceProgram: Sendable {
  /// For messages.
  public let name: String
  public let origin: ProgramOrigin
  let handle: ProgramHandle

  /// Takes the program from the context's cache, else builds it and keeps it there.
  init(
    source: String, options: String, name: String, context: OpenCLContext
  ) throws(BackendError) {
    self.name = name
    let key = ProgramKey(source: source, options: options, device: context.device)
    var problem: String?
    switch context.cache.entry(for: key) {
    case .found(let entry):
      do {
        handle = try ProgramHandle(
          binary: entry.binary, options: options, name: name, context: context)
        origin = ProgramOrigin(isCached: true, problem: nil)
        return
      } catch {
        problem = "the driver refused a kept program: \(error.message)"
      }
    case .absent: break
    case .unusable(let sentence): problem = sentence
    }
    handle = try ProgramHandle(source: source, options: options, name: name, context: context)
    let failure = Self.keep(handle, key, in: context.cache)
    origin = ProgramOrigin(isCached: false, problem: problem ?? failure)
  }

  /// - Returns: a sentence on why the program could not be kept; nil if it was, or if nothing is.
  private static func keep(
    _ handle: ProgramHandle, _ key: ProgramKey, in cache: ProgramCache
  ) -> String? {
    guard cache.folder != nil else { return nil }
    do {
      let binary = try handle.binary()
      guard !binary.isEmpty else { return "the driver gives no binary of a program" }
      return cache.keep(ProgramEntry(key: key, binary: binary))
    } catch {
      return error.message
    }
  }

  /// A kernel of its own at every call, with arguments of its own.
  ///
  /// - Throws: `deviceFailed` if the program has none of that name.
  public func kernel(named name: String) throws(BackendError) -> DeviceKernel {
    try DeviceKernel(name: name, program: self)
  }
}
