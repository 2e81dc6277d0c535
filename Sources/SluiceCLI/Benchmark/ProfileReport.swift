import Sluice

/// Where the time of one case's steps goes: `sluice bench --profile`.
struct ProfileReport: Encodable {
  /// How parts were measured.
  var method: String
  /// Microseconds of a step that was not taken apart, and of its parts together.
  var step: Double
  var sum: Double
  var parts: [Part]

  struct Part: Encodable {
    /// A number of the plan, as `sluice inspect --stage plan` prints it; nil for what is no operation.
    var operation: Int?
    var name: String
    var kind: String
    var microseconds: Double

    private enum CodingKeys: String, CodingKey {
      case operation, name, kind
      case microseconds = "us"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case method, parts
    case step = "step_us"
    case sum = "sum_us"
  }
}

extension ProfileReport {
  init(_ profile: StepProfile, of plan: Plan) {
    method = profile.method
    step = profile.step / 1000
    sum = profile.sum / 1000
    parts = profile.parts.map { part in
      let operation = part.operation.map { plan.operations[$0] }
      return Part(
        operation: part.operation, name: operation?.name ?? part.name,
        kind: operation.map { "\($0.kind)" } ?? "", microseconds: part.nanoseconds / 1000)
    }
  }

  /// The parts by their time, those of less than 0.1 % together.
  func lines(_ title: String) -> [String] {
    let sorted = parts.sorted { $0.microseconds > $1.microseconds }
    let shown = sorted.filter { $0.microseconds >= sum / 1000 }
    var table = Table(["operation", "kind", "µs", "%"], rightAligned: [2, 3])
    table.rows = shown.map { part in
      let number = part.operation.map { "\($0) " } ?? ""
      return [number + part.name, part.kind] + figures(part.microseconds)
    }
    let rest = sorted.dropFirst(shown.count)
    if !rest.isEmpty {
      let time = rest.reduce(0) { $0 + $1.microseconds }
      table.rows.append([counted(rest.count, "smaller part"), ""] + figures(time))
    }
    table.rows.append(["sum", ""] + figures(sum))
    table.rows.append(["a step that was not taken apart", ""] + figures(step))
    return ["", "\(title): \(method)"] + table.lines
  }

  private func figures(_ microseconds: Double) -> [String] {
    [fixed(microseconds, 2), fixed(sum > 0 ? microseconds / sum * 100 : 0, 1)]
  }
}
