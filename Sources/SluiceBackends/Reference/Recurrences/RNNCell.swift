import SluiceGraph

/// h' = f(W x + b + U h + c)
struct RNNCell: RecurrentCell {
  let activation: Activation

  func advance(_ state: inout RecurrentState, by x: ArraySlice<Double>, _ layer: RecurrentLayer) {
    let past = layer.stateProduct(state.hidden, gates: 0..<1)
    state.hidden = zip(layer.inputProduct(x), past).map {
      layer.rounded(layer.activate(activation, $0 + $1))
    }
  }
}
