import SluiceGraph

/// The equations stand at `LSTM`.
struct LSTMCell: RecurrentCell {
  let inputForget: Bool
  let gate: Activation
  let candidate: Activation
  let output: Activation

  func advance(_ state: inout RecurrentState, by x: ArraySlice<Double>, _ layer: RecurrentLayer) {
    let size = layer.hiddenSize
    let sums = zip(layer.inputProduct(x), layer.stateProduct(state.hidden, gates: 0..<4)).map {
      $0 + $1
    }
    let p = layer.peepholes
    for unit in 0..<size {
      let c = state.cell[unit]
      let i = layer.activate(gate, sums[unit] + p[unit] * c)
      let f =
        inputForget
        ? 1 - i : layer.activate(gate, sums[size + unit] + p[size + unit] * c)
      let g = layer.activate(candidate, sums[2 * size + unit])
      let next = f * c + i * g
      let o = layer.activate(gate, sums[3 * size + unit] + p[2 * size + unit] * next)
      state.cell[unit] = layer.rounded(next)
      state.hidden[unit] = layer.rounded(o * output.value(next))
    }
  }
}
