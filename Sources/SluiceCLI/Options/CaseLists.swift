import ArgumentParser
import Sluice

/// Counts with commas between them, each from 1 to 65536: `1,16,256`.
struct CountList: ExpressibleByArgument, Hashable, Sendable {
  var values: [Int]

  init(values: [Int]) { self.values = values }

  init?(argument: String) {
    guard let values = IntegerList(argument)?.values,
      values.allSatisfy({ (1...65536).contains($0) })
    else { return nil }
    self.values = values
  }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}

/// Precisions with commas between them: `fp16,fp32`.
struct PrecisionList: ExpressibleByArgument, Hashable, Sendable {
  var precisions: [Precision]

  init(precisions: [Precision]) { self.precisions = precisions }

  init?(argument: String) {
    precisions = []
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let precision = Precision(rawValue: String(name)) else { return nil }
      precisions.append(precision)
    }
  }

  var defaultValueDescription: String { precisions.map(\.rawValue).joined(separator: ",") }
}

/// Backends with commas between them: `cpu,reference`.
struct BackendList: ExpressibleByArgument, Hashable, Sendable {
  var choices: [BackendChoice]

  init(choices: [BackendChoice]) { self.choices = choices }

  init?(argument: String) {
    choices = []
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let choice = BackendChoice(rawValue: String(name)) else { return nil }
      choices.append(choice)
    }
  }

  var defaultValueDescription: String { choices.map(\.rawValue).joined(separator: ",") }
}
