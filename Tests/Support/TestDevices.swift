import SluiceBackends
import SluiceOpenCL

/// The OpenCL devices that tests run on.
public enum TestDevices {
  /// The first device, as users get it; none where the machine has none: tests of OpenCL are then
  /// skipped.
  public static let openCL: [OpenCLBackend] = {
    guard let device = try? OpenCLDevice.all().first else { return [] }
    return [OpenCLBackend(device: device)]
  }()

  /// Why tests of OpenCL are skipped.
  public static var problem: String {
    do throws(BackendError) {
      return "\(try OpenCLDevice.all().count) devices"
    } catch {
      return "skipped: \(error.message)"
    }
  }
}

extension OpenCLBackend: CustomStringConvertible {
  public var description: String { "opencl on \(deviceName)" }
}
