/// A greyscale frame drawn with characters.
struct Picture {
  /// Pixels in row-major order, 0 (black) to 1 (white).
  var pixels: [Float]
  var width: Int

  var height: Int { width == 0 ? 0 : pixels.count / width }

  /// One line per two rows of pixels: an upper half block whose foreground is the upper pixel and
  /// whose background is the lower one, in the 24 greys of the 256-colour palette.
  var halfBlocks: [String] {
    stride(from: 0, to: height - 1, by: 2).map { row in
      let cells = (0..<width).map { column in
        "\u{1B}[38;5;\(grey(row, column))m\u{1B}[48;5;\(grey(row + 1, column))m▀"
      }
      return cells.joined() + "\u{1B}[0m"
    }
  }

  /// One line per two rows of pixels, their mean as one of ten characters from dark to light.
  var letters: [String] {
    let ramp = Array(" .:-=+*#%@")
    return stride(from: 0, to: height - 1, by: 2).map { row in
      String(
        (0..<width).map { column in
          let mean = (level(row, column) + level(row + 1, column)) / 2
          return ramp[min(Int(mean * Float(ramp.count)), ramp.count - 1)]
        })
    }
  }

  /// The pixel within 0…1; what is not a number is black.
  private func level(_ row: Int, _ column: Int) -> Float {
    let value = pixels[row * width + column]
    return value > 0 ? min(value, 1) : 0
  }

  /// Colours 232 (black) to 255 (white).
  private func grey(_ row: Int, _ column: Int) -> Int { 232 + Int(level(row, column) * 23) }
}
