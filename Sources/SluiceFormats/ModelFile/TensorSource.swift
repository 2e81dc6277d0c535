import SluiceGraph

/// The weights of a network, and which of them have been used.
struct TensorSource {
  let file: TensorFile
  private var uses: [String: Int] = [:]

  /// Layers that may take the same tensor: tied weights need two, and a small file must not make a
  /// network without bound.
  static let useLimit = 16

  init(_ file: TensorFile) { self.file = file }

  /// Names that are nobody's weight: counters that PyTorch saves.
  var unused: [String] {
    file.entries.map(\.name).filter { uses[$0] == nil && !$0.hasSuffix("num_batches_tracked") }
  }

  /// The full name of `suffix` behind `prefix`, however the two are joined; TensorFlow's `:0` may
  /// follow. nil if there is no such tensor.
  func name(_ prefix: String, _ suffix: String) -> String? {
    TensorSource.spellings(prefix, suffix).first { file[$0] != nil }
  }

  static func spellings(_ prefix: String, _ suffix: String) -> [String] {
    let joined =
      prefix.isEmpty ? [suffix] : ["\(prefix).\(suffix)", "\(prefix)/\(suffix)", prefix + suffix]
    return joined + joined.map { "\($0):0" }
  }

  /// A tensor; nil if there is none of that name.
  mutating func optional(
    _ prefix: String, _ suffix: String
  ) throws(FormatError) -> NamedTensor? {
    guard let name = name(prefix, suffix), let tensor = file[name] else { return nil }
    uses[name, default: 0] += 1
    guard uses[name, default: 0] <= TensorSource.useLimit else {
      throw FormatError(
        .limit,
        "\(file.path): tensor '\(name)' is taken by more than \(TensorSource.useLimit) layers")
    }
    return NamedTensor(name: name, tensor: tensor)
  }

  /// Likewise; an error if there is none.
  mutating func required(
    _ prefix: String, _ suffix: String, place: String
  ) throws(FormatError) -> NamedTensor {
    if let tensor = try optional(prefix, suffix) { return tensor }
    let name = TensorSource.spellings(prefix, suffix)[0]
    let near = file.entries.map(\.name).filter { $0.hasPrefix(prefix) }.prefix(8)
    let found = near.isEmpty ? file.entries.map(\.name).prefix(8) : near
    throw FormatError(
      .malformed,
      "\(place): no tensor '\(name)' in \(file.path); it has "
        + (found.isEmpty ? "none" : found.joined(separator: ", "))
        + (found.count < file.entries.count && found.count == 8 ? ", …" : ""))
  }
}

/// A tensor of a weight file under its name.
struct NamedTensor {
  let name: String
  let tensor: Tensor

  var shape: [Int] { tensor.shape }

  /// Checks the shape; nil stands for any size.
  func expect(_ expected: [Int?], place: String, _ why: String = "") throws(FormatError) {
    let fits =
      expected.count == shape.count
      && zip(expected, shape).allSatisfy { $0 == nil || $0 == $1 }
    guard !fits || tensor.count == 0 else { return }
    let text = "[" + expected.map { $0.map { "\($0)" } ?? "_" }.joined(separator: ", ") + "]"
    throw FormatError(
      .malformed,
      "\(place): tensor '\(name)' has shape \(shape), expected \(text)"
        + (why.isEmpty ? "" : " (\(why))"))
  }

  /// A matrix; checks the shape as `expect` does.
  func matrix(
    rows: Int?, columns: Int?, place: String, _ why: String = ""
  ) throws(FormatError) -> Matrix {
    try expect([rows, columns], place: place, why)
    return Matrix(rows: shape[0], columns: shape[1], values: tensor.floats())
  }

  /// A vector of `count` floats.
  func vector(_ count: Int?, place: String, _ why: String = "") throws(FormatError) -> [Float] {
    try expect([count], place: place, why)
    return tensor.floats()
  }
}

/// A row-major matrix of weights, for turning one layout into another.
struct Matrix {
  let rows: Int
  let columns: Int
  let values: [Float]

  var transposed: Matrix {
    var result = [Float]()
    result.reserveCapacity(values.count)
    for column in 0..<columns {
      for row in 0..<rows { result.append(values[row * columns + column]) }
    }
    return Matrix(rows: columns, columns: rows, values: result)
  }

  /// Some of the rows.
  subscript(range: Range<Int>) -> Matrix {
    Matrix(
      rows: range.count, columns: columns,
      values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// `gates` equal blocks of rows in another order: block i of the result is block `order[i]`.
  func reordered(_ order: [Int]) -> Matrix {
    let height = rows / order.count
    return Matrix(
      rows: rows, columns: columns,
      values: order.flatMap { self[$0 * height..<($0 + 1) * height].values })
  }

  /// Both matrices, one above the other.
  func above(_ other: Matrix) -> Matrix {
    Matrix(rows: rows + other.rows, columns: columns, values: values + other.values)
  }
}
