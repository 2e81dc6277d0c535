import SluiceGraph

extension ReferenceEvaluator {
  /// Y[n, m, o] = B[m] + Σ X[n, c, i] · W[m, c, k] over the channels c of m's group and the taps.
  func convolution(
    _ arguments: Arguments, _ convolution: Convolution
  ) throws(GraphError) -> Tensor {
    let xShape = try arguments.required(0).shape
    let wShape = try arguments.required(1).shape
    let shape = try arguments.shape()
    let (x, w) = (try arguments.doubles(0), try arguments.doubles(1))
    let (batch, channels, filters) = (xShape[0], wShape[1], wShape[0])
    let bias = try arguments.optionalDoubles(2) ?? Array(repeating: 0, count: filters)
    let geometry = try WindowGeometry(
      convolution, input: Array(xShape.dropFirst(2)), kernel: Array(wShape.dropFirst(2)))
    let windows = WindowTaps(sliding: geometry)
    let (plane, kernel) = (xShape.dropFirst(2).reduce(1, *), wShape.dropFirst(2).reduce(1, *))
    let perGroup = max(filters / convolution.groups, 1)
    var y = [Double](repeating: 0, count: shape.reduce(1, *))
    for window in 0..<(y.isEmpty ? 0 : windows.count) {
      let taps = windows.taps(window)
      for image in 0..<batch {
        for filter in 0..<filters {
          var sum = bias[filter]
          let first = image * xShape[1] + filter / perGroup * channels
          for channel in 0..<channels {
            let (source, weight) = (
              (first + channel) * plane, (filter * channels + channel) * kernel
            )
            for tap in taps { sum += x[source + tap.place] * w[weight + tap.kernel] }
          }
          y[(image * filters + filter) * windows.count + window] = sum
        }
      }
    }
    return arguments.rounded(y, shape: shape)
  }

  /// Adds X[n, c, i] · W[c, m, k] to Y[n, m, o] for every m of c's group and every tap.
  func transposedConvolution(
    _ arguments: Arguments, _ transposed: TransposedConvolution
  ) throws(GraphError) -> Tensor {
    let xShape = try arguments.required(0).shape
    let wShape = try arguments.required(1).shape
    let shape = try arguments.shape()
    let (x, w) = (try arguments.doubles(0), try arguments.doubles(1))
    let (batch, channels, filters) = (xShape[0], xShape[1], wShape[1])
    let geometry = try WindowGeometry(
      transposed, input: Array(xShape.dropFirst(2)), kernel: Array(wShape.dropFirst(2)))
    let windows = WindowTaps(spreading: geometry)
    let (plane, kernel) = (shape.dropFirst(2).reduce(1, *), wShape.dropFirst(2).reduce(1, *))
    let perGroup = max(channels / transposed.convolution.groups, 1)
    let bias = try arguments.optionalDoubles(2) ?? Array(repeating: 0, count: shape[1])
    var y = (0..<batch).flatMap { _ in bias.flatMap { Array(repeating: $0, count: plane) } }
    for window in 0..<windows.count {
      let taps = windows.taps(window)
      for image in 0..<batch {
        for channel in 0..<channels {
          let value = x[(image * channels + channel) * windows.count + window]
          let first = image * shape[1] + channel / perGroup * filters
          for filter in 0..<filters {
            let (target, weight) = ((first + filter) * plane, (channel * filters + filter) * kernel)
            for tap in taps { y[target + tap.place] += value * w[weight + tap.kernel] }
          }
        }
      }
    }
    return arguments.rounded(y, shape: shape)
  }
}
