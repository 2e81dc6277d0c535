import ArgumentParser

/// A network and what its file does not say about it.
struct NetworkOptionGroup: ParsableArguments {
  @Argument(
    help: "A model file (ONNX, safetensors, PyTorch), or a folder with model.json.",
    completion: .file())
  var model: String

  @OptionGroup var bindings: BindingOptionGroup
}
