/// `alpha · A' B' + beta · C` on matrices; A' is A or its transpose.
public struct Gemm: Sendable, Hashable {
  public var alpha: Float
  public var beta: Float
  public var transposeA: Bool
  public var transposeB: Bool

  public init(
    alpha: Float = 1, beta: Float = 1, transposeA: Bool = false, transposeB: Bool = false
  ) {
    self.alpha = alpha
    self.beta = beta
    self.transposeA = transposeA
    self.transposeB = transposeB
  }
}

/// How a window over spatial axes is padded.
public enum WindowPadding: Sendable, Hashable {
  /// Elements before and after, per spatial axis; negative crops.
  case explicit(begin: [Int], end: [Int])
  /// Output size ceil(input / stride); the odd element goes to the end.
  case sameUpper
  /// Likewise; the odd element goes to the beginning.
  case sameLower
  /// None.
  case valid
}

/// A convolution over 1, 2 or 3 spatial axes. The kernel's size is that of the weights.
public struct Convolution: Sendable, Hashable {
  public var groups: Int
  /// Per spatial axis; empty means 1 everywhere.
  public var strides: [Int]
  /// Per spatial axis; empty means 1 everywhere.
  public var dilations: [Int]
  public var padding: WindowPadding

  public init(
    groups: Int = 1, strides: [Int] = [], dilations: [Int] = [], padding: WindowPadding = .valid
  ) {
    self.groups = groups
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
  }
}

/// A transposed convolution: output size stride·(input − 1) + outputPadding + span − begin − end.
public struct TransposedConvolution: Sendable, Hashable {
  public var convolution: Convolution
  /// Extra elements at the end, per spatial axis; empty means 0.
  public var outputPadding: [Int]
  /// When given, the padding follows from it (and from `convolution.padding`'s side).
  public var outputShape: [Int]?

  public init(_ convolution: Convolution, outputPadding: [Int] = [], outputShape: [Int]? = nil) {
    self.convolution = convolution
    self.outputPadding = outputPadding
    self.outputShape = outputShape
  }
}

/// A maximum or mean over a sliding window.
public struct Pool: Sendable, Hashable {
  /// Per spatial axis.
  public var kernel: [Int]
  /// Per spatial axis; empty means 1 everywhere.
  public var strides: [Int]
  /// Per spatial axis; empty means 1 everywhere.
  public var dilations: [Int]
  public var padding: WindowPadding
  /// Rounds the output size up; a window that starts in the end padding is dropped.
  public var ceilMode: Bool
  /// Mean only: padding counts as elements.
  public var countIncludePad: Bool
  /// Maximum only: ONNX `storage_order` 1, indices column-major.
  public var columnMajorIndices: Bool

  public init(
    kernel: [Int], strides: [Int] = [], dilations: [Int] = [], padding: WindowPadding = .valid,
    ceilMode: Bool = false, countIncludePad: Bool = false, columnMajorIndices: Bool = false
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.columnMajorIndices = columnMajorIndices
  }
}

/// A reduction over axes given as second input.
public struct Reduction: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable { case mean, sum, max, min, l2 }

  public var kind: Kind
  /// Reduced axes stay with size 1.
  public var keepDimensions: Bool
  /// What no axes, or an empty list of them, mean: false is all axes, true is none.
  public var noopWithEmptyAxes: Bool

  public init(_ kind: Kind, keepDimensions: Bool = true, noopWithEmptyAxes: Bool = false) {
    self.kind = kind
    self.keepDimensions = keepDimensions
    self.noopWithEmptyAxes = noopWithEmptyAxes
  }
}

/// What `scatterND` does where updates land.
public enum ScatterReduction: String, Sendable, Hashable { case none, add, mul, max, min }

/// What `pad` fills with.
public enum PadMode: String, Sendable, Hashable { case constant, reflect, edge, wrap }

/// Resampling along axes (ONNX `Resize`-19).
public struct Resize: Sendable, Hashable {
  public enum Mode: String, Sendable, Hashable { case nearest, linear, cubic }
  public enum Coordinates: String, Sendable, Hashable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case alignCorners = "align_corners"
    case asymmetric
    case tfCropAndResize = "tf_crop_and_resize"
  }
  public enum NearestRounding: String, Sendable, Hashable {
    case roundPreferFloor = "round_prefer_floor"
    case roundPreferCeil = "round_prefer_ceil"
    case floor, ceil
  }
  public enum AspectRatio: String, Sendable, Hashable {
    case stretch
    case notLarger = "not_larger"
    case notSmaller = "not_smaller"
  }

  public var mode: Mode = .nearest
  public var coordinates: Coordinates = .halfPixel
  public var nearestRounding: NearestRounding = .roundPreferFloor
  /// The axes that `region`, `scales` and `sizes` speak of; nil means all, in order.
  public var axes: [Int]?
  public var antialias = false
  public var aspectRatio: AspectRatio = .stretch
  public var cubicCoefficient: Float = -0.75
  public var excludeOutside = false
  public var extrapolationValue: Float = 0

  public init() {}
}

/// Where scale and zero point lie: one for all, one per index of `axis`, or one per block along it.
public struct Quantization: Sendable, Hashable {
  public var axis: Int
  /// Elements along `axis` per scale; 0 means per tensor or per axis.
  public var blockSize: Int

  public init(axis: Int = 1, blockSize: Int = 0) {
    self.axis = axis
    self.blockSize = blockSize
  }
}
