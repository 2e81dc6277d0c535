import SluiceBackends
import Testing

@testable import SluiceOpenCL

/// A library of a test's own, so that the failures it injects are its own, and a device opened
/// through it.
struct OpenCLSetup {
  let library: OpenCLLibrary
  let context: OpenCLContext
  let queue: CommandQueue

  init(cache: ProgramCache = .disabled) throws {
    library = try OpenCLLibrary.open()
    let device = try #require(OpenCLDevice.all(in: library).first)
    context = try OpenCLContext(device: device, cache: cache)
    queue = try context.makeQueue()
  }

  /// `y[i] = factor * x[i]` for `i < n`.
  static let source = """
    kernel void scale(global const float *x, global float *y, float factor, int n) {
      const int i = get_global_id(0) + get_global_size(0) * get_global_id(1);
      if (i < n) y[i] = factor * x[i];
    }
    """

  /// A kernel of its own.
  func scale() throws -> DeviceKernel {
    try context.makeProgram(source: Self.source, name: "scales").kernel(named: "scale")
  }

  /// Why tests that need a device are skipped here; nil where there is one.
  static let absence: String? = {
    do {
      _ = try OpenCLDevice.all()
      return nil
    } catch {
      return "\(error)"
    }
  }()
}

extension Trait where Self == ConditionTrait {
  /// Skips tests where there is no OpenCL device, and says why.
  static var needsDevice: Self {
    .enabled(if: OpenCLSetup.absence == nil, "\(OpenCLSetup.absence ?? "")")
  }
}
