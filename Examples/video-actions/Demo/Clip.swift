import Sluice

/// The frames of one clip.
struct Clip {
  /// The file's name without folder and extension.
  let name: String
  /// Each of shape `[1, rows, columns]`, values from 0 to 1.
  let frames: [Tensor]
  let width: Int

  /// Reads the array `frames`, `[1, time, 1, rows, columns]` of float32, of an `.npz` file.
  init(path: String) throws {
    let file = path.split(separator: "/").last ?? ""
    name = String(file.split(separator: ".").first ?? file)
    guard let clip = try NPZFile.read(path: path).first(where: { $0.name == "frames" })?.tensor,
      clip.rank == 5, clip.count > 0, clip.shape[0] == 1, clip.shape[2] == 1
    else {
      throw FormatError(
        .malformed, "\(path): expected an array 'frames' [1, time, 1, rows, columns]")
    }
    let pixels = clip.floats()
    let size = clip.shape[3] * clip.shape[4]
    frames = (0..<clip.shape[1]).map { index in
      Tensor(Array(pixels[(index * size)..<((index + 1) * size)]), shape: Array(clip.shape[2...]))
    }
    width = clip.shape[4]
  }
}
