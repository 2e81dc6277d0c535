import SluiceFormats
import SluiceGraph

/// Frames and what a network must answer, in one `.npz` file with a text entry `meta`:
///
///     x.NAME      input, one leading axis: the calls      y.NAME      output, likewise
///     s0.NAME     initial state by its input's name       s.NAME      state after every call
///     c.NAME      input that stays the same               slast.NAME  state after the last call
///
/// `s.` and `slast.` go by the name of the output.
struct ReferenceFile: Sendable {
  var path: String
  var frames: [String: Tensor] = [:]
  var outputs: [String: Tensor] = [:]
  var initialStates: [String: Tensor] = [:]
  var statesAfterEachCall: [String: Tensor] = [:]
  var finalStates: [String: Tensor] = [:]
  var constants: [String: Tensor] = [:]

  /// nil if the file is laid out otherwise: without `meta`, or without an `x.` entry.
  init?(_ file: ArrayFile) {
    path = file.path
    guard file.entries.contains(where: { $0.name == "meta" && $0.text != nil }) else { return nil }
    for (name, tensor) in file.tensors {
      guard let dot = name.firstIndex(of: ".") else { continue }
      let rest = String(name[name.index(after: dot)...])
      switch name[..<dot] {
      case "x": frames[rest] = tensor
      case "y": outputs[rest] = tensor
      case "s0": initialStates[rest] = tensor
      case "s": statesAfterEachCall[rest] = tensor
      case "slast": finalStates[rest] = tensor
      case "c": constants[rest] = tensor
      default: continue
      }
    }
    guard !frames.isEmpty else { return nil }
  }
}
