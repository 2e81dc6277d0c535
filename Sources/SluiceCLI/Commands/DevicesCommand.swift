import ArgumentParser

/// `sluice devices`: where networks can run here.
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Prints every backend and device, and which one 'auto' takes.")

  @OptionGroup var output: JSONOptionGroup

  func run() throws {
    let inventory = try Inventory.current()
    try output.report(inventory, inventory.lines)
  }
}
