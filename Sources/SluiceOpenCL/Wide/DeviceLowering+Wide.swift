import SluiceBackends
import SluiceGraph
import SluicePlanning

extension DeviceLowering {
  /// Whether a layer of so many weights has launches of its own.
  ///
  /// - Parameter depth: terms of its longest sum.
  func isWide(_ weights: Int, depth: Int) -> Bool {
    guard let wide = form.wide else { return false }
    return 4 * weights >= wide.tuning.limit
      && (form.precision != .int8 || depth <= StoredWeights.longestSum)
  }

  /// - Parameters:
  ///   - reads, writes: what the cell has by the name that its file knows it by.
  mutating func wideCall(
    _ cell: WideCell, reads: [(String, WidePlace)], writes: [(String, WidePlace)],
    macros: [(name: String, value: String)], note: String
  ) -> DeviceCall {
    let first = cell.steps == nil ? 0 : 1
    var call = DeviceCall(.wide(cell.file, operands: []), [:], reads: [], writes: [], note: note)
    call.steps = cell.steps.map { StepWords(count: $0.count) }
    var factors = cell.products.enumerated().map { ("A_\(first + $0)", $1.factors) }
    if cell.steps != nil { factors.append(("X", .step("X_NOW"))) }
    if matrixUse == nil {
      bindWeights(cell, first, &call)
    } else {
      bindMatrixWeights(cell, first, &call)
    }
    call.bind(reads + factors, writes, cell)
    call.macros += macros
    return call
  }

  private mutating func bindWeights(_ cell: WideCell, _ first: Int, _ call: inout DeviceCall) {
    let width = form.vectorLimit
    let step = form.wide?.unitStep ?? 1
    let padded = (cell.units + step - 1) / step * step
    func packing(_ depth: Int, _ precision: Precision) -> WidePacking {
      WidePacking(
        sums: cell.sums, units: cell.units, depth: depth, paddedUnits: padded,
        precision: precision, hasVectors: width > 1)
    }
    for (index, product) in cell.products.enumerated() {
      let packed = packing(product.depth, form.precision).pack(product.values)
      call.read("W_\(first + index)", table(packed.weights))
      if let scales = packed.scales { call.read("SCALE_\(first + index)", table(scales)) }
      call.define("K_\(first + index)", product.depth)
    }
    if !cell.starts.isEmpty {
      call.read("START", table(Tensor(packing(0, .fp32).padded(cell.starts))))
    }
    call.width = width
    call.define("N", cell.units)
    call.define("G", cell.sums)
    call.define("PARTS", first + cell.products.count)
    call.define("FIRST_PART", first)
    call.define("UNITS", padded)
    call.define("KEEPS", cell.keeps ? 1 : 0)
    call.define(form.precision)
  }

  /// A product of one row with known weights; nil where it has no wide form.
  mutating func wideProduct(
    _ view: OperationView, _ product: ProductLayout, _ activation: ProductActivation?
  ) -> [DeviceCall]? {
    guard isWide(product.columns * product.depth, depth: product.depth),
      product.rows == 1, product.isPlain,
      count(product.batch) == 1, product.aColumn == 1, let weights = product.weights?.floats()
    else { return nil }
    var starts = [Float](repeating: 0, count: product.columns)
    if let bias = product.plainBias {
      guard let known = view.input(2).flatMap(view.knownValue), bias.offset == 0,
        known.count == product.columns
      else { return nil }
      starts = known.floats()
    }
    let slope = slope(view, activation)
    let width = wideWidth
    guard slope == nil || slope?.count == 1 || product.columns % width == 0 else { return nil }
    var values: [Float] = []
    values.reserveCapacity(product.columns * product.depth)
    for unit in 0..<product.columns {
      for term in 0..<product.depth {
        values.append(weights[term * product.bRow + unit * product.bColumn])
      }
    }
    let cell = WideCell(
      file: "product_step", sums: 1, units: product.columns,
      products: [
        WideProduct(factors: .operand(view.operand(0)), depth: product.depth, values: values)
      ], starts: starts)
    let slopes = slope?.count == 1 ? "(VF)(slope[0])" : "VLOAD(slope + (c))"
    let macro = (
      name: "ACTIVATE(v, c)", value: activate(activation, slope: slopes, width: width)
    )
    return [
      wideCall(
        cell, reads: [("SLOPE", .operand(slope?.operand))],
        writes: [("Y", .operand(view.result()))], macros: [macro],
        note: "wide product \(product.columns) x \(product.depth)\(precisionNote)")
    ]
  }

  var precisionNote: String { form.precision == .fp32 ? "" : " in \(form.precision.rawValue)" }
}
