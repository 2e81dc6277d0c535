import FoundationEssentials
import HTTPTypes
import SluiceServing

/// What a path means.
enum Route: Hashable {
  case live, ready, metrics
  /// How everything stands, for the page.
  case status
  /// A file of the page.
  case page(PageFile)
  case server
  case index
  case load(String)
  case unload(String)
  /// Of all models for nil.
  case statistics(ModelName?)
  case model(ModelName, ModelAspect)
  case state(model: String, stream: String)
  /// Where WebSockets of a model are opened.
  case stream(String)

  /// A model, and its version if the path names one.
  struct ModelName: Hashable {
    var name: String
    var version: Int?
  }

  enum ModelAspect: Hashable { case metadata, ready, config, infer }

  /// - Returns: nil if the path means nothing.
  init?(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      .dropFirst().map { $0.removingPercentEncoding ?? "" }
    switch (parts.count, parts.first) {
    case (1, ""): self = .page(.index)
    case (1, "metrics"): self = .metrics
    case (2, "page"):
      guard let file = PageFile(name: parts[1]) else { return nil }
      self = .page(file)
    case (1, "v2"): self = .server
    case (2..., "v2"):
      guard let route = Route(v2: Array(parts[1...])) else { return nil }
      self = route
    default: return nil
    }
  }

  private init?(v2 parts: [String]) {
    switch (parts[0], parts.count) {
    case ("health", 2) where parts[1] == "live": self = .live
    case ("health", 2) where parts[1] == "ready": self = .ready
    case ("status", 1): self = .status
    case ("models", 2) where parts[1] == "stats": self = .statistics(nil)
    case ("models", 2...):
      guard let route = Route(model: parts[1], Array(parts[2...])) else { return nil }
      self = route
    case ("repository", 2) where parts[1] == "index": self = .index
    case ("repository", 4) where parts[1] == "models" && parts[3] == "load": self = .load(parts[2])
    case ("repository", 4) where parts[1] == "models" && parts[3] == "unload":
      self = .unload(parts[2])
    default: return nil
    }
  }

  private init?(model: String, _ rest: [String]) {
    if rest.count == 3, rest[0] == "streams", rest[2] == "state" {
      self = .state(model: model, stream: rest[1])
      return
    }
    if rest == ["stream"] {
      self = .stream(model)
      return
    }
    var name = ModelName(name: model)
    var rest = rest
    if rest.count >= 2, rest[0] == "versions" {
      guard let version = Int(rest[1]) else { return nil }
      name.version = version
      rest.removeFirst(2)
    }
    switch rest {
    case []: self = .model(name, .metadata)
    case ["ready"]: self = .model(name, .ready)
    case ["config"]: self = .model(name, .config)
    case ["infer"]: self = .model(name, .infer)
    case ["stats"]: self = .statistics(name)
    default: return nil
    }
  }

  /// What may be done there.
  var methods: [HTTPRequest.Method] {
    switch self {
    case .index, .load, .unload, .model(_, .infer): [.post]
    case .state: [.get, .put]
    default: [.get]
    }
  }

  /// Whether it is open to everybody: what asks whether the server is there has no token, and the page,
  /// which has no secrets, is where a person gives one.
  var isOpen: Bool {
    switch self {
    case .live, .ready, .page: true
    default: false
    }
  }

  /// Whether a page of another site does harm by asking, though it cannot read the answer: everything but
  /// `GET`, and WebSockets, which it could read.
  func needsOrigin(_ method: HTTPRequest.Method) -> Bool {
    if case .stream = self { true } else { method != .get }
  }
}
