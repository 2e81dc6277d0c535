import ArgumentParser
import SluiceServing

/// When states are put into the store: `every-frame`, or so many milliseconds apart.
struct DurabilityArgument: ExpressibleByArgument, Hashable, Sendable {
  var durability: ServingOptions.Durability

  init?(argument: String) {
    if argument == "every-frame" {
      durability = .everyFrame
    } else {
      guard let milliseconds = Int(argument), milliseconds > 0 else { return nil }
      durability = .interval(.milliseconds(milliseconds))
    }
  }
}
