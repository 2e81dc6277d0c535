import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  /// A recurrence over a whole sequence whose input product, W by all positions of a stream at once, is
  /// large: OpenBLAS's, with its threads; nil where it is not.
  mutating func projectedCalls(
    _ view: OperationView, _ form: RecurrenceForm,
    _ recurrence: sluice_packed_recurrence_parameters, _ weights: [[Float]?]
  ) throws(Fallback) -> [KernelCall]? {
    let positions = Int(recurrence.length * recurrence.rows)
    let columns = form.gates * Int(recurrence.hidden)
    let depth = Int(recurrence.inputs)
    guard positions >= 256, isLarge(rows: positions, columns: columns, depth: depth),
      let x = view.input(0), let w = view.input(1), plan.isContiguous(x), plan.isContiguous(w)
    else { return nil }
    try Self.checkedForBLAS(positions, columns, depth)
    let own = unsafe withUnsafePointer(to: recurrence) {
      (Int(unsafe sluice_recurrence_workspace(form.cell, $0, 1)) + 63) / 64 * 64
    }
    let directions = Int(recurrence.directions)
    let bytes = try Fallback.product(positions, columns, 4)
    try reserveWorkspace(own + Fallback.product(bytes, directions), size: 1)

    var product = sluice_library_product_parameters()
    product.rows = Int64(positions)
    product.columns = Int64(columns)
    product.depth = Int64(depth)
    product.transpose_b = 1
    let note =
      "input product: sgemm of \(positions) x \(columns) x \(depth): large, and of one stream"
    var calls = (0..<directions).map { direction in
      unsafe KernelCall(
        .library(sluice_library_product), product,
        [
          view.operand(0), .buffer(w, offset: direction * columns * depth * 4),
          .workspace(offset: own + direction * bytes),
        ], note: note)
    }

    var parameters = recurrence
    parameters.projected = 1
    (parameters.x_row, parameters.x_column) = (Int64(columns), 1)
    parameters.x_step = Int64(columns) * recurrence.rows
    parameters.x_direction = Int64(positions * columns)
    let packed = (1...2).map { table(Tensor(form.pack(recurrence, part: $0, weights[$0]))) }
    unsafe calls.append(
      KernelCall(
        .separate(form.kernel), parameters,
        operands(view, form, input: .workspace(offset: own), [nil] + packed),
        note: "state product packed, \(parameters.hidden) units, \(parameters.rows) rows a stream"))
    return calls
  }
}
