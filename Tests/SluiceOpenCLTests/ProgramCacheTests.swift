import Foundation
import SluiceBackends
import Testing

@testable import SluiceOpenCL

@Suite("The program cache, on a device", .needsDevice)
struct ProgramCacheTests {
  let folder: TemporaryFolder
  let setup: OpenCLSetup

  init() throws {
    folder = try TemporaryFolder()
    setup = try OpenCLSetup(cache: ProgramCache(folder: folder.file("cache")))
  }

  private func program(options: String = "") throws -> DeviceProgram {
    try setup.context.makeProgram(source: OpenCLSetup.source, options: options, name: "scales")
  }

  private func entries() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file("cache")).sorted()
  }

  private func entry() throws -> String {
    folder.file("cache/" + (try #require(entries().first)))
  }

  /// Whether 3 · 5 is 15 with that program.
  private func computes(_ program: DeviceProgram, on setup: OpenCLSetup? = nil) throws -> Bool {
    let setup = setup ?? self.setup
    let kernel = try program.kernel(named: "scale")
    let buffer = try setup.context.makeBuffer(byteCount: 4)
    try setup.queue.fill(buffer, byteCount: 4, with: Float(5).bitPattern)
    try kernel.set(0, buffer)
    try kernel.set(1, buffer)
    try kernel.set(2, value: Float(3))
    try kernel.set(3, value: Int32(1))
    try setup.queue.run(kernel, global: 1, local: 1)
    var value: Float = 0
    try unsafe withUnsafeMutableBytes(of: &value) { try unsafe setup.queue.read(buffer, into: $0) }
    return value == 15
  }

  @Test func `a program is compiled once and taken from the cache from then on`() throws {
    let first = try program()
    #expect(first.origin == ProgramOrigin(isCached: false, problem: nil))
    #expect(try entries().count == 1)
    setup.library.inject(failureOf: .createProgramWithSource)
    let second = try program()
    #expect(second.origin == ProgramOrigin(isCached: true, problem: nil))
    #expect(try computes(second))
  }

  @Test func `other options are another program`() throws {
    _ = try program()
    #expect(try program(options: "-DOTHER=1").origin.isCached == false)
    #expect(try entries().count == 2)
  }

  @Test(arguments: Damage.allCases)
  func `a damaged entry is built again and replaced`(_ damage: Damage) throws {
    _ = try program()
    let path = try entry()
    let whole = try Data(contentsOf: URL(filePath: path))
    try damage.applied(to: whole).write(to: URL(filePath: path))
    let again = try program()
    #expect(again.origin == ProgramOrigin(isCached: false, problem: "\(path) is damaged"))
    #expect(try computes(again))
    #expect(try Data(contentsOf: URL(filePath: path)).prefix(40) == whole.prefix(40))
    #expect(try program().origin.isCached)
  }

  @Test func `an entry for another key is not taken`() throws {
    _ = try program()
    let key = ProgramKey(
      source: OpenCLSetup.source, options: "-DOTHER=1", device: setup.context.device)
    let other = folder.file("cache/\(key.name).program")
    try FileManager.default.moveItem(atPath: entry(), toPath: other)
    let built = try program(options: "-DOTHER=1")
    #expect(built.origin == ProgramOrigin(isCached: false, problem: "\(other) is damaged"))
  }

  @Test func `an entry that the driver refuses is built again and replaced`() throws {
    let key = ProgramKey(source: OpenCLSetup.source, options: "", device: setup.context.device)
    let cache = setup.context.cache
    #expect(cache.keep(ProgramEntry(key: key, binary: Array("not a program".utf8))) == nil)
    let built = try program()
    #expect(!built.origin.isCached)
    let problem = built.origin.problem ?? ""
    #expect(problem.hasPrefix("the driver refused a kept program: cl"), "\(problem)")
    #expect(try computes(built))
    #expect(try program().origin.isCached)
  }

  @Test func `a folder that cannot be made keeps nothing and stops nothing`() throws {
    try Data().write(to: URL(filePath: folder.file("file")))
    let path = folder.file("file/cache")
    let setup = try OpenCLSetup(cache: ProgramCache(folder: path))
    let built = try setup.context.makeProgram(source: OpenCLSetup.source, name: "scales")
    let problem =
      "\(path) cannot be written (SLUICE_CACHE names another folder): programs are not kept"
    #expect(built.origin == ProgramOrigin(isCached: false, problem: problem))
    #expect(try computes(built, on: setup))
  }

  @Test func `a driver that gives no binary stops nothing`() throws {
    setup.library.inject(failureOf: .getProgramInfo, failures: 1)
    let built = try program()
    #expect(built.origin.problem?.hasPrefix("clGetProgramInfo of program 'scales' on ") == true)
    #expect(try computes(built))
    #expect(!FileManager.default.fileExists(atPath: folder.file("cache")))
  }

  @Test func `no half-written file stays beside an entry`() throws {
    _ = try program()
    #expect(try entries().allSatisfy { $0.hasSuffix(".program") })
  }

  @Test func `without a cache every program is compiled`() throws {
    let setup = try OpenCLSetup(cache: .disabled)
    setup.library.inject(failureOf: .getProgramInfo)
    for _ in 0..<2 {
      let built = try setup.context.makeProgram(source: OpenCLSetup.source, name: "scales")
      #expect(built.origin == ProgramOrigin(isCached: false, problem: nil))
    }
  }

  /// What can happen to a file.
  enum Damage: CaseIterable {
    case emptied, cutInHeader, cutInBinary, changedHeader, changedBinary, lengthened, otherFormat

    func applied(to data: Data) -> Data {
      var data = data
      switch self {
      case .emptied: return Data()
      case .cutInHeader: return data.prefix(50)
      case .cutInBinary: return data.dropLast()
      case .changedHeader: data[45] ^= 1
      case .changedBinary: data[data.count / 2] ^= 1
      case .lengthened: data.append(0)
      case .otherFormat: data[7] = UInt8(ascii: "9")
      }
      return data
    }
  }
}

@Suite("The program cache's folder")
struct ProgramCacheFolderTests {
  private func folder(
    _ variables: [String: String], platform: String = "NVIDIA CUDA"
  ) -> String? {
    ProgramCache.standard(platform: platform) { variables[$0] }.folder
  }

  @Test func `SLUICE_CACHE names it, or says that nothing is kept`() {
    let user = ["XDG_CACHE_HOME": "/x", "HOME": "/home/u"]
    #expect(folder(user.merging(["SLUICE_CACHE": "here"]) { $1 }) == "here")
    #expect(folder(user.merging(["SLUICE_CACHE": "none"]) { $1 }) == nil)
  }

  @Test func `without it, it lies in the user's cache folder`() {
    #expect(folder(["XDG_CACHE_HOME": "/x", "HOME": "/home/u"]) == "/x/sluice")
    #expect(folder(["XDG_CACHE_HOME": "relative", "HOME": "/home/u"]) == "/home/u/.cache/sluice")
    #expect(folder(["HOME": "/home/u"]) == "/home/u/.cache/sluice")
    #expect(folder([:]) == nil)
  }

  @Test func `PoCL's own cache serves unless a folder is named`() {
    let platform = "Portable Computing Language"
    #expect(folder(["HOME": "/home/u"], platform: platform) == nil)
    #expect(folder(["HOME": "/home/u", "SLUICE_CACHE": "/c"], platform: platform) == "/c")
  }
}
