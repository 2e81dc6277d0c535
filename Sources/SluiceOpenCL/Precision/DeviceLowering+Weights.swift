import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Where the weights of a product lie and how they are stored.
struct WeightOperand {
  var values: Operand
  /// One for each output, at int8.
  var scales: Operand?
  var precision: Precision

  /// For the listing, after what the product is.
  var note: String { precision == .fp32 ? "" : " in \(precision.rawValue)" }
}

extension DeviceLowering {
  /// Float32 input `index` laid out densely: weights that are known as the precision stores them, others
  /// as they are, turned in the step.
  ///
  /// - Parameters:
  ///   - box: the last axis runs along the outputs of a group.
  ///   - groups: so many matrices after one another, each with outputs of its own.
  /// - Throws: for int8 sums that could pass 32 bits.
  mutating func weights(
    _ view: OperationView, _ index: Int, _ box: StridedBox, groups: Int = 1,
    _ calls: inout [DeviceCall]
  ) throws(Fallback) -> WeightOperand {
    guard form.precision != .fp32, let known = view.input(index).flatMap(view.knownValue) else {
      return WeightOperand(values: try arranged(view, index, box, &calls), precision: .fp32)
    }
    let (perGroup, outputs) = (max(count(box.sizes) / max(groups, 1), 1), box.sizes.last ?? 1)
    let depth = perGroup / max(outputs, 1)
    guard form.precision != .int8 || depth <= StoredWeights.longestSum else {
      throw Fallback(
        "int8 sums of \(depth) terms do not fit 32 bits, at most \(StoredWeights.longestSum) do")
    }
    let stored = StoredWeights(
      box.elements(of: known.floats()), outputs: groups * outputs, at: form.precision
    ) { $0 / perGroup * outputs + $0 % max(outputs, 1) }
    return WeightOperand(
      values: table(stored.values), scales: stored.scales.map { table($0) },
      precision: form.precision)
  }
}

extension DeviceCall {
  /// Says at which precision the body's products are.
  mutating func define(_ precision: Precision) {
    define("PRECISION", precision.rawValue)
    define("QUANTIZED", precision == .int8 ? 1 : 0)
  }
}
