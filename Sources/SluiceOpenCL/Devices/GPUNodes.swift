import Glibc

/// The system's own sign of a GPU: drivers reach it through a node in `/dev`. Where there is none, no OpenCL
/// library need be loaded to know that OpenCL has no GPU.
public enum GPUNodes {
  /// NVIDIA's, WSL's, AMD's compute, Mali's and Adreno's nodes; the kernel's own drivers give each GPU a
  /// render node, numbered from 128.
  private static let names =
    ["nvidiactl", "dxg", "kfd", "mali0", "kgsl-3d0"] + (128..<144).map { "dri/renderD\($0)" }

  public static func arePresent(in folder: String = "/dev") -> Bool {
    names.contains { unsafe access("\(folder)/\($0)", F_OK) == 0 }
  }
}
