import SluiceGraph

/// The equations stand at `GRU`.
struct GRUCell: RecurrentCell {
  let resetAfter: Bool
  let gate: Activation
  let candidate: Activation

  func advance(_ state: inout RecurrentState, by x: ArraySlice<Double>, _ layer: RecurrentLayer) {
    let size = layer.hiddenSize
    let h = state.hidden
    let input = layer.inputProduct(x)
    let gates = layer.stateProduct(h, gates: 0..<2)
    let r = (0..<size).map { layer.activate(gate, input[$0] + gates[$0]) }
    let z = (size..<2 * size).map { layer.activate(gate, input[$0] + gates[$0]) }
    let past =
      resetAfter
      ? zip(r, layer.stateProduct(h, gates: 2..<3)).map { $0 * $1 }
      : layer.stateProduct(zip(r, h).map { $0 * $1 }, gates: 2..<3)
    for i in 0..<size {
      let n = layer.activate(candidate, input[2 * size + i] + past[i])
      state.hidden[i] = layer.rounded((1 - z[i]) * n + z[i] * h[i])
    }
  }
}
