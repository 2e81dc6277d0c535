import SluiceGraph

/// Where the elements of a value lie that no operation has copied together yet: boxes of other
/// buffers, read through strides.
///
/// Slices, transposes, concatenations, pads, gathers and scatters with known indices only move
/// elements. A planner composes them into one arrangement and copies once, where a reader needs the
/// elements side by side; a reader that takes strides reads an arrangement of one piece in place.
struct Arrangement: Sendable, Hashable {
  /// The value's shape.
  var shape: [Int]
  /// In painting order: where two overlap, the later one counts. Together they cover the shape.
  var pieces: [Piece]

  /// A box of the value: element `start + i`, `i` below `sizes`, is the source's element
  /// `offset + Σ i · strides`.
  struct Piece: Sendable, Hashable {
    var source: Source
    var start: [Int]
    var sizes: [Int]
    /// Elements from the source's beginning.
    var offset: Int
    /// Elements of the source per axis of the value.
    var strides: [Int]
  }

  enum Source: Sendable, Hashable {
    /// A buffer of the plan that is neither an alias nor a view.
    case buffer(Int)
    /// The bytes of one element, everywhere.
    case fill([UInt8])
  }

  init(shape: [Int], pieces: [Piece]) {
    self.shape = shape
    self.pieces = shape.contains(0) ? [] : pieces
  }

  /// All of a buffer in row-major order, from `offset` elements on.
  init(buffer: Int, shape: [Int], offset: Int = 0) {
    self.init(
      shape: shape,
      pieces: [
        Piece(
          source: .buffer(buffer), start: shape.map { _ in 0 }, sizes: shape, offset: offset,
          strides: Arrangement.rowMajorStrides(shape))
      ])
  }

  /// The one piece that is everything; nil if there are several, or nothing but a fill.
  var view: Piece? {
    guard pieces.count == 1, let piece = pieces.first, piece.sizes == shape,
      case .buffer = piece.source
    else { return nil }
    return piece
  }

  /// The strides in elements of a row-major tensor.
  static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    }
    return strides
  }
}

extension Arrangement.Piece {
  /// Whether the elements lie side by side in row-major order.
  var isContiguous: Bool {
    let dense = Arrangement.rowMajorStrides(sizes)
    return sizes.indices.allSatisfy { sizes[$0] == 1 || strides[$0] == dense[$0] }
  }
}

// MARK: Movement

extension Arrangement {
  /// Output axis i is axis `order[i]`.
  func transposed(_ order: [Int]) -> Arrangement {
    Arrangement(
      shape: order.map { shape[$0] },
      pieces: pieces.map { piece in
        var turned = piece
        turned.start = order.map { piece.start[$0] }
        turned.sizes = order.map { piece.sizes[$0] }
        turned.strides = order.map { piece.strides[$0] }
        return turned
      })
  }

  /// The positions `ranges[axis]` of each axis.
  func sliced(_ ranges: [SliceRange]) -> Arrangement {
    Arrangement(shape: ranges.map(\.count), pieces: pieces.compactMap { $0.sliced(ranges) })
  }

  /// Parts one after another along `axis`; all other axes are equal.
  static func concatenated(_ parts: [Arrangement], axis: Int) -> Arrangement? {
    guard var shape = parts.first?.shape else { return nil }
    shape[axis] = 0
    var pieces: [Piece] = []
    for part in parts {
      for var piece in part.pieces {
        piece.start[axis] += shape[axis]
        pieces.append(piece)
      }
      shape[axis] += part.shape[axis]
    }
    return Arrangement(shape: shape, pieces: pieces)
  }

  /// NumPy broadcasting to `target`, which the shape fits.
  func expanded(to target: [Int]) -> Arrangement {
    let added = target.count - shape.count
    return Arrangement(
      shape: target,
      pieces: pieces.map { piece in
        var wide = piece
        wide.start = Array(repeating: 0, count: added) + piece.start
        wide.sizes = Array(target.prefix(added)) + piece.sizes
        wide.strides = Array(repeating: 0, count: added) + piece.strides
        for axis in shape.indices where shape[axis] == 1 && target[added + axis] != 1 {
          wide.sizes[added + axis] = target[added + axis]
          wide.strides[added + axis] = 0
        }
        return wide
      })
  }

  /// `paddings` of one element around, negative ones cut.
  func padded(_ paddings: [AxisPadding], fill: [UInt8]) -> Arrangement {
    let inside = zip(shape, paddings).map { size, padding in
      let start = max(-padding.begin, 0)
      let count = size - start - max(-padding.end, 0)
      return SliceRange(start: start, step: 1, count: max(count, 0))
    }
    let target = zip(shape, paddings).map { $0 + $1.begin + $1.end }
    var result = sliced(inside).pieces
    for index in result.indices {
      for axis in shape.indices { result[index].start[axis] += max(paddings[axis].begin, 0) }
    }
    if paddings.contains(where: { $0.begin > 0 || $0.end > 0 }) {
      let zeros = target.map { _ in 0 }
      let background = Piece(
        source: .fill(fill), start: zeros, sizes: target, offset: 0, strides: zeros)
      result.insert(background, at: 0)
    }
    return Arrangement(shape: target, pieces: result)
  }

  /// This one with the box of `updates` from `start` on replaced.
  func replacing(at start: [Int], with updates: Arrangement) -> Arrangement {
    let moved = updates.pieces.map { piece in
      var piece = piece
      for axis in start.indices { piece.start[axis] += start[axis] }
      return piece
    }
    let end = zip(start, updates.shape).map { $0 + $1 }
    let visible = pieces.filter { piece in
      piece.start.indices.contains { axis in
        piece.start[axis] < start[axis] || piece.start[axis] + piece.sizes[axis] > end[axis]
      }
    }
    return Arrangement(shape: shape, pieces: visible + moved)
  }

  /// Axis `axis` replaced by several: index j of them stands for position
  /// `base + Σ j · strides`. nil where a piece does not reach along the whole axis.
  func spread(
    axis: Int, over sizes: [Int], base: Int, strides: [Int]
  ) -> Arrangement? {
    guard pieces.allSatisfy({ $0.start[axis] == 0 && $0.sizes[axis] == shape[axis] }) else {
      return nil
    }
    var result = shape
    result.replaceSubrange(axis...axis, with: sizes)
    return Arrangement(
      shape: result,
      pieces: pieces.map { piece in
        var wide = piece
        wide.offset += base * piece.strides[axis]
        wide.start.replaceSubrange(axis...axis, with: sizes.map { _ in 0 })
        wide.sizes.replaceSubrange(axis...axis, with: sizes)
        wide.strides.replaceSubrange(axis...axis, with: strides.map { $0 * piece.strides[axis] })
        return wide
      })
  }
}

extension Arrangement.Piece {
  /// What of this box the ranges keep; nil if nothing.
  fileprivate func sliced(_ ranges: [SliceRange]) -> Arrangement.Piece? {
    var piece = self
    for (axis, range) in ranges.enumerated() {
      guard let taken = taken(range, axis: axis) else { return nil }
      piece.start[axis] = taken.lowerBound
      piece.sizes[axis] = taken.count
      let first = range.start + range.step * taken.lowerBound
      piece.offset += (first - start[axis]) * strides[axis]
      piece.strides[axis] = strides[axis] * range.step
    }
    return piece
  }

  /// The indices j of a range whose positions `start + step · j` lie in this box.
  private func taken(_ range: SliceRange, axis: Int) -> Range<Int>? {
    let (low, high) = (start[axis] - range.start, start[axis] + sizes[axis] - 1 - range.start)
    let step = range.step
    let (near, far) = step > 0 ? (low, high) : (-high, -low)
    let width = abs(step)
    let first = max(near <= 0 ? 0 : (near + width - 1) / width, 0)
    guard far >= 0 else { return nil }
    let last = min(far / width, range.count - 1)
    return first <= last ? first..<(last + 1) : nil
  }
}
