import SluiceGraph
import Testing

@Suite struct `Resolved forms that backends share` {
  // MARK: Broadcast

  @Test(
    arguments: [
      ([[2, 3], [3]], [2, 3]), ([[4, 1], [1, 5]], [4, 5]), ([[], [2]], [2]), ([[0], [1]], [0]),
      ([[7, 1, 3], [5, 1], [1]], [7, 5, 3]), ([], []),
    ] as [([[Int]], [Int])])
  func `Shapes broadcast`(shapes: [[Int]], expected: [Int]) throws {
    #expect(try Broadcast.shape(shapes) == expected)
  }

  @Test func `Strides are 0 along repeated axes`() {
    #expect(Broadcast.strides(of: [3, 1, 2], in: [5, 3, 4, 2]) == [0, 2, 0, 1])
    #expect(Broadcast.strides(of: [], in: [5, 3]) == [0, 0])
    #expect(Broadcast.fits([3, 1], into: [2, 3, 4]))
    #expect(!Broadcast.fits([2, 3], into: [3]))
    #expect(!Broadcast.fits([3], into: [1]))
  }

  // MARK: Slices

  /// Every start, end and step around an axis of 5, against a slice taken step by step.
  @Test func `A slice takes what walking from start to end takes`() {
    for size in [0, 1, 5] {
      for start in -7...7 {
        for end in -7...7 {
          for step in [-3, -2, -1, 1, 2, 3] {
            let range = SliceRange(size: size, start: start, end: end, step: step)
            let taken = (0..<range.count).map { range.start + $0 * range.step }
            #expect(
              taken == walked(size, start, end, step), "\(start)..<\(end) by \(step) of \(size)")
          }
        }
      }
    }
  }

  /// ONNX's rule: bounds count from the end where negative and are then cut to the axis.
  private func walked(_ size: Int, _ start: Int, _ end: Int, _ step: Int) -> [Int] {
    guard size > 0 else { return [] }
    let first = start < 0 ? start + size : start
    let last = end < 0 ? end + size : end
    var taken = [Int]()
    var position = step > 0 ? min(max(first, 0), size) : min(max(first, 0), size - 1)
    let stop = step > 0 ? min(max(last, 0), size) : min(max(last, -1), size - 1)
    while step > 0 ? position < stop : position > stop {
      taken.append(position)
      position += step
    }
    return taken
  }

  @Test func `A slice with extreme bounds does not trap`() {
    for start in [Int.min, -1, 0, Int.max] {
      for end in [Int.min, -1, 0, Int.max] {
        for step in [Int.min, -1, 1, Int.max] {
          let range = SliceRange(size: 4, start: start, end: end, step: step)
          #expect((0...4).contains(range.count))
        }
      }
    }
  }

  // MARK: Pads

  @Test(
    arguments: [
      (PadMode.edge, [0, 0, 0, 0, 1, 2, 2, 2, 2]), (.wrap, [0, 1, 2, 0, 1, 2, 0, 1, 2]),
      (.reflect, [1, 2, 1, 0, 1, 2, 1, 0, 1]),
    ] as [(PadMode, [Int])])
  func `Padding shows the input again`(mode: PadMode, expected: [Int]) {
    let padding = AxisPadding(begin: 3, end: 3)
    #expect((0..<9).map { padding.source(of: $0, size: 3, mode: mode) } == expected)
  }

  @Test func `Constant padding shows nothing, and negative padding cuts`() throws {
    let padding = AxisPadding(begin: 1, end: -1)
    #expect(try padding.paddedSize(of: 3, mode: .constant) == 3)
    #expect((0..<3).map { padding.source(of: $0, size: 3, mode: .constant) } == [nil, 0, 1])
    #expect(AxisPadding(begin: 2).source(of: 0, size: 1, mode: .reflect) == 0)
  }

  // MARK: The rest

  @Test func `Reduction axes are sorted and complete`() throws {
    #expect(try Reduction(.sum).resolvedAxes([-1, 0], rank: 3) == [0, 2])
    #expect(try Reduction(.sum).resolvedAxes(nil, rank: 2) == [0, 1])
    #expect(try Reduction(.sum).resolvedAxes([], rank: 2) == [0, 1])
    #expect(try Reduction(.sum, noopWithEmptyAxes: true).resolvedAxes([], rank: 2) == [])
  }

  @Test func `Splits have the sum of the axis`() throws {
    #expect(try SplitSizes.resolved(nil, size: 7, parts: 3) == [3, 3, 1])
    #expect(try SplitSizes.resolved([0, 7], size: 7, parts: 2) == [0, 7])
    expect(error: "4 elements do not split into 6 parts of 1") { () throws(GraphError) in
      _ = try SplitSizes.resolved(nil, size: 4, parts: 6)
    }
    expect(error: "expected 2 sizes for 2 outputs, found [7]") { () throws(GraphError) in
      _ = try SplitSizes.resolved([7], size: 7, parts: 2)
    }
  }

  @Test func `Resizing keeps the scale that was given`() throws {
    var resize = Resize()
    resize.axes = [1]
    let scaled = try ResizeGeometry(
      resize, shape: [2, 5], region: nil, scales: [1.5], sizes: nil)
    #expect(scaled.outputShape == [2, 7])
    #expect(scaled.axes[1].scale == 1.5)
    #expect(scaled.axes[0].isUnchanged && !scaled.axes[1].isUnchanged)
    let sized = try ResizeGeometry(resize, shape: [2, 5], region: nil, scales: nil, sizes: [8])
    #expect(sized.axes[1].scale == 1.6)
    resize.axes = nil
    resize.aspectRatio = .notSmaller
    let kept = try ResizeGeometry(resize, shape: [2, 5], region: nil, scales: [], sizes: [4, 15])
    #expect(kept.outputShape == [6, 15])
    #expect(kept.axes.map(\.scale) == [3, 3])
  }

  @Test func `A cropped region comes with its axes`() throws {
    var resize = Resize()
    resize.coordinates = .tfCropAndResize
    resize.axes = [2, 1]
    let geometry = try ResizeGeometry(
      resize, shape: [1, 4, 8], region: [0.25, 0, 0.75, 1], scales: nil, sizes: [3, 2])
    #expect(geometry.outputShape == [1, 2, 3])
    #expect(geometry.axes[2].regionStart == 0.25 && geometry.axes[2].regionEnd == 0.75)
    #expect(geometry.axes[1].regionStart == 0 && geometry.axes[1].regionEnd == 1)
    expect(error: "expected a region of 4 numbers, found 0") { () throws(GraphError) in
      _ = try ResizeGeometry(
        resize, shape: [1, 4, 8], region: nil, scales: nil, sizes: [3, 2])
    }
  }

  @Test func `Ranges count their elements`() throws {
    func count(_ start: Double, _ limit: Double, _ delta: Double) throws(GraphError) -> Int {
      try Operator.rangeCount(
        start: Tensor(scalar: start), limit: Tensor(scalar: limit), delta: Tensor(scalar: delta))
    }
    #expect(try count(0, 1, 0.3) == 4)
    #expect(try count(0, -1, 0.3) == 0)
    #expect(try count(0, -1e300, 1) == 0)
    expect(error: "a range from 0.0 to 1e+300 by 1.0 has no end", code: .limit) {
      () throws(GraphError) in _ = try count(0, 1e300, 1)
    }
    #expect(Operator.shapeRange(start: -2, end: 9, rank: 3) == 1..<3)
  }
}
