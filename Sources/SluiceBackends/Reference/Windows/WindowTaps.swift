import SluiceGraph

/// Where the taps of a window fall: for a window at `position` (an output of a convolution or pool,
/// an input of a transposed convolution), every kernel tap k with
/// `position · stride + k · dilation − begin` on the other side's axis.
struct WindowTaps {
  /// Both as flat indices over the spatial axes.
  struct Tap {
    let kernel: Int
    let place: Int
  }

  private let axes: [WindowGeometry.Axis]
  /// Sizes of the side where windows are numbered.
  private let positions: [Int]
  /// Sizes of the side that taps fall on.
  private let places: [Int]

  /// Windows are numbered by output position, taps fall on the input.
  init(sliding geometry: WindowGeometry) {
    axes = geometry.axes
    positions = geometry.outputSizes
    places = geometry.inputSizes
  }

  /// Windows are numbered by input position, taps fall on the output.
  init(spreading geometry: WindowGeometry) {
    axes = geometry.axes
    positions = geometry.inputSizes
    places = geometry.outputSizes
  }

  /// Number of windows.
  var count: Int { positions.reduce(1, *) }

  /// The taps of window `number` that fall on an element, in row-major order of the kernel.
  func taps(_ number: Int) -> [Tap] {
    var taps = [Tap(kernel: 0, place: 0)]
    for (axis, position) in indices(number).enumerated() {
      let along = self.taps(of: axis, at: position)
      taps = taps.flatMap { outer in
        along.map {
          Tap(
            kernel: outer.kernel * axes[axis].kernel + $0.kernel,
            place: outer.place * places[axis] + $0.place)
        }
      }
    }
    return taps
  }

  /// How many taps of window `number` fall on elements or their stated padding.
  func paddedCount(_ number: Int) -> Int {
    indices(number).enumerated().reduce(1) { count, entry in
      let (axis, position) = (axes[entry.offset], entry.element)
      return count * range(axis, position, from: -axis.begin, to: axis.input + axis.end).count
    }
  }

  private func taps(of index: Int, at position: Int) -> [Tap] {
    let axis = axes[index]
    return range(axis, position, from: 0, to: places[index]).map {
      Tap(kernel: $0, place: position * axis.stride + $0 * axis.dilation - axis.begin)
    }
  }

  /// The kernel taps that fall in `low ..< high`.
  private func range(
    _ axis: WindowGeometry.Axis, _ position: Int, from low: Int, to high: Int
  ) -> Range<Int> {
    let base = position * axis.stride - axis.begin
    let first = base >= low ? 0 : (low - base + axis.dilation - 1) / axis.dilation
    let end = base >= high ? 0 : (high - base + axis.dilation - 1) / axis.dilation
    return min(first, axis.kernel)..<max(min(first, axis.kernel), min(end, axis.kernel))
  }

  private func indices(_ number: Int) -> [Int] {
    var rest = number
    var indices = [Int](repeating: 0, count: positions.count)
    for axis in positions.indices.reversed() {
      indices[axis] = rest % positions[axis]
      rest /= positions[axis]
    }
    return indices
  }
}
