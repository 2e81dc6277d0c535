import SluiceGraph

extension Arrangement {
  /// The same elements in row-major order under another shape; nil where a piece would not stay a
  /// box with one stride an axis.
  ///
  /// Axes of both shapes are grouped where their running products meet. A group that only gains or
  /// loses axes of size 1 keeps its pieces; in any other, every piece has to cover the whole group
  /// and step evenly through it.
  func reshaped(to target: [Int]) -> Arrangement? {
    guard !shape.contains(0) else { return Arrangement(shape: target, pieces: []) }
    let groups = AxisGroup.groups(from: shape, to: target)
    var moved: [Piece] = []
    for piece in pieces {
      guard let next = piece.reshaped(groups, from: shape, to: target) else { return nil }
      moved.append(next)
    }
    return Arrangement(shape: target, pieces: moved)
  }
}

/// Axes of two shapes that hold the same elements.
private struct AxisGroup {
  var source: Range<Int>
  var target: Range<Int>

  /// Neither shape has an axis of size 0.
  static func groups(from source: [Int], to target: [Int]) -> [AxisGroup] {
    var groups: [AxisGroup] = []
    var (i, j) = (0, 0)
    while i < source.count || j < target.count {
      let (first, other) = (i, j)
      var left = 1
      var right = 1
      if i < source.count {
        left = source[i]
        i += 1
      }
      if j < target.count {
        right = target[j]
        j += 1
      }
      while left != right {
        if left < right, i < source.count {
          left *= source[i]
          i += 1
        } else if j < target.count {
          right *= target[j]
          j += 1
        } else {
          break
        }
      }
      groups.append(AxisGroup(source: first..<i, target: other..<j))
    }
    return groups
  }
}

extension Arrangement.Piece {
  fileprivate func reshaped(
    _ groups: [AxisGroup], from shape: [Int], to target: [Int]
  ) -> Arrangement.Piece? {
    var piece = self
    (piece.start, piece.sizes, piece.strides) = ([], [], [])
    for group in groups {
      guard let axes = reshaped(group, from: shape, to: target) else { return nil }
      piece.start += axes.map(\.start)
      piece.sizes += axes.map(\.size)
      piece.strides += axes.map(\.stride)
    }
    return piece
  }

  private typealias Axis = (start: Int, size: Int, stride: Int)

  private func reshaped(
    _ group: AxisGroup, from shape: [Int], to target: [Int]
  ) -> [Axis]? {
    let wide = group.source.filter { shape[$0] != 1 }
    let wideTargets = group.target.filter { target[$0] != 1 }
    if wide.count <= 1, wideTargets.count <= 1 {
      return group.target.map { axis in
        guard target[axis] != 1, let source = wide.first else { return (0, 1, 0) }
        return (start[source], sizes[source], strides[source])
      }
    }
    guard let innermost = wide.last,
      group.source.allSatisfy({ start[$0] == 0 && sizes[$0] == shape[$0] }),
      zip(wide, wide.dropFirst()).allSatisfy({ strides[$0] == strides[$1] * shape[$1] })
    else { return nil }
    var stride = strides[innermost]
    var axes: [Axis] = []
    for axis in group.target.reversed() {
      axes.append((0, target[axis], stride))
      stride *= target[axis]
    }
    return axes.reversed()
  }
}
