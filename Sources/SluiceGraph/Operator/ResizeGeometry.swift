/// A resampling with sizes and scales worked out, per axis of X.
public struct ResizeGeometry: Sendable, Hashable {
  /// One per axis of X, resized or not.
  public var axes: [Axis]

  public struct Axis: Sendable, Hashable {
    public var input: Int
    public var output: Int
    /// Output elements per input element, as given; with sizes what they come to. This, not
    /// `output / input`, goes into the coordinate formulas.
    public var scale: Double
    /// The part of the input that `tfCropAndResize` reads, 0 its first element, 1 its last.
    public var regionStart: Double
    public var regionEnd: Double

    /// Whether the axis stays as it is.
    public var isUnchanged: Bool {
      input == output && scale == 1 && regionStart == 0 && regionEnd == 1
    }
  }

  public var outputShape: [Int] { axes.map(\.output) }

  /// - Parameters:
  ///   - shape: that of X.
  ///   - region: starts, then ends, one each per resized axis; used by `tfCropAndResize` only.
  ///   - scales: one per resized axis; nil or empty where `sizes` decide.
  ///   - sizes: one per resized axis; nil or empty where `scales` decide.
  /// - Throws: `invalid` for lists of the wrong length, both or neither of scales and sizes, scales
  ///   that are not positive; `limit` for sizes beyond 2^63.
  public init(
    _ resize: Resize, shape: [Int], region: [Float]?, scales: [Float]?, sizes: [Int]?
  ) throws(GraphError) {
    axes = shape.map {
      Axis(input: $0, output: $0, scale: 1, regionStart: 0, regionEnd: 1)
    }
    let resized = try Axes.resolved(resize.axes ?? Array(shape.indices), rank: shape.count)
    try setRegion(resize, axes: resized, region)
    switch (scales ?? [], sizes ?? []) {
    case (let scales, []) where !scales.isEmpty:
      try setScales(resize, axes: resized, scales)
    case ([], let sizes) where !sizes.isEmpty:
      try setSizes(resize, axes: resized, sizes)
    case (let scales, let sizes):
      guard resized.isEmpty else {
        throw GraphError(
          .invalid, "expected either scales or sizes, found \(scales.count) and \(sizes.count)")
      }
    }
  }

  private mutating func setRegion(
    _ resize: Resize, axes resized: [Int], _ region: [Float]?
  ) throws(GraphError) {
    guard resize.coordinates == .tfCropAndResize else { return }
    let region = region ?? []
    guard region.count == 2 * resized.count else {
      throw GraphError(
        .invalid, "expected a region of \(2 * resized.count) numbers, found \(region.count)")
    }
    for (index, axis) in resized.enumerated() {
      axes[axis].regionStart = Double(region[index])
      axes[axis].regionEnd = Double(region[resized.count + index])
    }
  }

  private mutating func setScales(
    _ resize: Resize, axes resized: [Int], _ scales: [Float]
  ) throws(GraphError) {
    guard scales.count == resized.count else {
      throw GraphError(.invalid, "expected \(resized.count) scales, found \(scales.count)")
    }
    for (scale, axis) in zip(scales, resized) {
      guard scale > 0, scale.isFinite else {
        throw GraphError(.invalid, "expected a scale above 0, found \(scale)")
      }
      // Products are taken in Float, as ONNX Runtime does: 10 · 0.7 is 7, not 6.
      var length = Float(axes[axis].input)
      if resize.coordinates == .tfCropAndResize {
        length *= Float(axes[axis].regionEnd - axes[axis].regionStart)
      }
      axes[axis].output = try size((length * scale).rounded(.down))
      axes[axis].scale = Double(scale)
    }
  }

  private mutating func setSizes(
    _ resize: Resize, axes resized: [Int], _ sizes: [Int]
  ) throws(GraphError) {
    guard sizes.count == resized.count else {
      throw GraphError(.invalid, "expected \(resized.count) sizes, found \(sizes.count)")
    }
    var ratios = [Double]()
    for (wanted, axis) in zip(sizes, resized) {
      guard wanted >= 0, axes[axis].input > 0 || wanted == 0 else {
        throw GraphError(
          .invalid, "expected sizes that \(axes[axis].input) elements can have, found \(wanted)")
      }
      axes[axis].output = wanted
      axes[axis].scale =
        axes[axis].input == 0 ? 1 : Double(wanted) / Double(axes[axis].input)
      ratios.append(axes[axis].scale)
    }
    let common: Double?
    switch resize.aspectRatio {
    case .stretch: common = nil
    case .notLarger: common = ratios.min()
    case .notSmaller: common = ratios.max()
    }
    guard let common else { return }
    for axis in resized {
      axes[axis].scale = common
      axes[axis].output = try size(Float((common * Double(axes[axis].input) + 0.5).rounded(.down)))
    }
  }

  private func size(_ value: Float) throws(GraphError) -> Int {
    guard let size = Int(exactly: value), size >= 0 else {
      throw GraphError(.limit, "a resized axis would have \(value) elements")
    }
    return size
  }
}
