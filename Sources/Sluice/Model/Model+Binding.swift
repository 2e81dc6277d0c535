extension Model {
  /// The model with everything that streaming needs bound, as far as arrays say it.
  func boundForStreaming(by inputs: [String: Tensor]) throws(SluiceError) -> Model {
    self
  }
}
