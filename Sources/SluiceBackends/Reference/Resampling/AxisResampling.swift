import Glibc
import SluiceGraph

/// How each output position of one resized axis is made from input positions.
///
/// Source: ONNX `Resize`-19 and its reference implementation; the cubic kernel is Keys 1981,
/// "Cubic convolution interpolation for digital image processing".
public struct AxisResampling {
  /// An input position and what it counts.
  public struct Tap {
    public let position: Int
    public let weight: Double
  }

  private let resize: Resize
  private let axis: ResizeGeometry.Axis

  public init(_ resize: Resize, _ axis: ResizeGeometry.Axis) {
    self.resize = resize
    self.axis = axis
  }

  /// The input position that output position `index` takes in mode `nearest`; nil where
  /// `tfCropAndResize` looks outside the input.
  public func nearest(_ index: Int) -> Int? {
    guard let x = coordinate(index) else { return nil }
    let rounded =
      switch resize.nearestRounding {
      case .roundPreferFloor: (x - 0.5).rounded(.up)
      case .roundPreferCeil: (x + 0.5).rounded(.down)
      case .floor: x.rounded(.down)
      case .ceil: x.rounded(.up)
      }
    return clamped(rounded)
  }

  /// The taps of output position `index` in the other modes, edges repeated.
  public func taps(_ index: Int) -> [Tap]? {
    guard let x = coordinate(index) else { return nil }
    // Neighbours lie around the interval (base, base + 1] that holds x.
    let base = x.rounded(.up) - 1
    let shrink = resize.antialias ? min(axis.scale, 1) : 1
    let reach = resize.mode == .cubic ? 2.0 : 1.0
    let first = (-reach / shrink).rounded(.down) + 1
    let isInside = { (place: Double) in place >= 0 && place <= Double(axis.input - 1) }
    var taps: [Tap] = []
    var sum = 0.0
    for offset in stride(from: first, through: 1 - first, by: 1) {
      let place = base + offset
      guard !resize.excludeOutside || isInside(place) else { continue }
      let weight = kernel((place - x) * shrink)
      sum += weight
      taps.append(Tap(position: clamped(place), weight: weight))
    }
    guard resize.excludeOutside || resize.antialias else { return taps }
    return taps.map { Tap(position: $0.position, weight: $0.weight / sum) }
  }

  private func kernel(_ distance: Double) -> Double {
    let x = abs(distance)
    guard resize.mode == .cubic else { return max(1 - x, 0) }
    let a = Double(resize.cubicCoefficient)
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }

  /// Where output position `index` lies among the input's elements; nil where `tfCropAndResize` looks
  /// outside.
  private func coordinate(_ index: Int) -> Double? {
    let (x, size) = (Double(index), Double(axis.input))
    switch resize.coordinates {
    case .halfPixel: return (x + 0.5) / axis.scale - 0.5
    case .halfPixelSymmetric:
      let adjustment = Double(axis.output) / (axis.scale * size)
      return size / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5
    case .pytorchHalfPixel: return axis.output > 1 ? (x + 0.5) / axis.scale - 0.5 : 0
    case .alignCorners:
      let length = axis.scale * size
      return length == 1 ? 0 : x * (size - 1) / (length - 1)
    case .asymmetric: return x / axis.scale
    case .tfCropAndResize:
      let (start, end) = (axis.regionStart, axis.regionEnd)
      let place =
        axis.output > 1
        ? start * (size - 1) + x * (end - start) * (size - 1) / Double(axis.output - 1)
        : 0.5 * (start + end) * (size - 1)
      return place < 0 || place > size - 1 ? nil : place
    }
  }

  private func clamped(_ place: Double) -> Int {
    Int(exactly: min(max(place, 0), Double(axis.input - 1))) ?? 0
  }
}
