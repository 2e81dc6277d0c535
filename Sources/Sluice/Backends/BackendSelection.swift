/// Which backend an engine runs on: what `--backend` takes, or one of your own.
public struct BackendSelection: Sendable {
  enum Form: Sendable {
    case automatic
    case named(String)
    case given(any Backend)
  }
  let form: Form

  var isAutomatic: Bool { if case .automatic = form { true } else { false } }

  /// The one predicted to be fastest for the network; `Engine.backendChoice` says which and why.
  public static let auto = BackendSelection(form: .automatic)
  /// Packed kernels and OpenBLAS on the processor.
  public static let cpu = named("cpu")
  /// The scalar oracle: sums in double, no fusion; slow.
  public static let reference = named("reference")

  /// The backend of that name; an engine is refused if it is not there.
  public static func named(_ name: String) -> BackendSelection {
    name == "auto" ? .auto : BackendSelection(form: .named(name))
  }

  /// A backend that Sluice does not know.
  public static func using(_ backend: any Backend) -> BackendSelection {
    BackendSelection(form: .given(backend))
  }
}
