import CKernels
import SluiceBackends
import SluiceGraph
import SluicePlanning

extension Lowering {
  /// Boxes copied into one dense target, sixteen a call.
  func assembly(
    _ view: OperationView, _ pieces: [Plan.AssemblyPiece]
  ) throws(Fallback) -> [KernelCall] {
    let output = try view.requiredOutput()
    let strides = rowMajorStrides(output.shape)
    var calls: [KernelCall] = []
    let perCall = Int(SLUICE_PIECES)
    for first in stride(from: 0, to: pieces.count, by: perCall) {
      var parameters = sluice_assemble_parameters()
      parameters.element_bytes = Int64(output.elementType.byteCount)
      parameters.sources = Int64(view.operation.inputs.count)
      let group = pieces[first..<min(first + perCall, pieces.count)]
      parameters.count = Int64(group.count)
      var list: [sluice_piece] = []
      for piece in group { list.append(try kernelPiece(piece, target: strides)) }
      fillElements(&parameters.pieces, list)
      let operands = view.operation.inputs.indices.map { view.operand($0) } + [view.result()]
      unsafe calls.append(
        KernelCall(
          vectors.assemble, parameters, operands,
          note: group.count == 1 ? "copy" : "\(group.count) pieces"))
    }
    return calls
  }

  private func kernelPiece(
    _ piece: Plan.AssemblyPiece, target: [Int]
  ) throws(Fallback) -> sluice_piece {
    let axes = try MergedAxes(sizes: piece.sizes, strides: [piece.strides, target]).checked()
    var result = sluice_piece()
    result.source = piece.input.map { Int64($0) } ?? Int64(SLUICE_PIECE_FILL)
    result.source_offset = Int64(piece.offset)
    result.target_offset = Int64(zip(piece.start, target).reduce(0) { $0 + $1.0 * $1.1 })
    result.rank = Int64(axes.sizes.count)
    fill(&result.sizes, axes.sizes)
    fill(&result.source_strides, axes.strides[0])
    fill(&result.target_strides, axes.strides[1])
    for (index, byte) in piece.fill.enumerated() where index < 8 {
      result.fill |= UInt64(byte) << (8 * UInt64(index))
    }
    return result
  }
}
