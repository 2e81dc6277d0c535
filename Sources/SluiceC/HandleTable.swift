import CSluice
import Synchronization

/// Objects that a C program holds by handle. A handle is a number dressed as a pointer and is looked
/// up at every call, so that one that was closed, or never given out, is found out and not followed.
///
///     handle   generation (31 bits) | place + 1 (32 bits)
///
/// A place is used again with the next generation: an old handle does not meet a new object.
final class HandleTable<Object: AnyObject & Sendable>: Sendable {
  private let places = Mutex(Places<Object>())
  /// What handles are called in the header's parameters.
  private let name: String
  /// What it means that a handle stands for nothing.
  private let gone: String

  init(name: String, gone: String) {
    self.name = name
    self.gone = gone
  }

  /// A handle for `object`, which the table keeps until `remove`.
  func add(_ object: Object) -> OpaquePointer? {
    let number = places.withLock { $0.add(object) }
    return unsafe OpaquePointer(bitPattern: number)
  }

  /// The object of a handle.
  func find(_ handle: OpaquePointer?) throws(LibraryError) -> Object {
    let number = Int(bitPattern: handle)
    return try checked(places.withLock { $0.object(number) }, number)
  }

  /// Likewise, and the handle is invalid from now on.
  func remove(_ handle: OpaquePointer?) throws(LibraryError) -> Object {
    let number = Int(bitPattern: handle)
    return try checked(places.withLock { $0.remove(number) }, number)
  }

  private func checked(_ object: Object?, _ number: Int) throws(LibraryError) -> Object {
    if let object { return object }
    if number == 0 { throw LibraryError(SLUICE_CODE_INVALID_ARGUMENT, "'\(name)' is null") }
    throw LibraryError(SLUICE_CODE_CLOSED, gone)
  }
}

/// What a table holds; a value, so that it is tested without threads.
struct Places<Object: AnyObject & Sendable>: Sendable {
  private struct Place: Sendable {
    var object: Object?
    var generation = 0
  }
  private var places: [Place] = []
  private var free: [Int] = []

  private static var generationCount: Int { 1 << 31 }

  mutating func add(_ object: Object) -> Int {
    let index = free.popLast() ?? places.count
    if index == places.count { places.append(Place()) }
    places[index].object = object
    return places[index].generation << 32 | (index + 1)
  }

  func object(_ number: Int) -> Object? {
    guard let index = index(number) else { return nil }
    return places[index].object
  }

  mutating func remove(_ number: Int) -> Object? {
    guard let index = index(number), let object = places[index].object else { return nil }
    places[index].object = nil
    places[index].generation = (places[index].generation + 1) % Self.generationCount
    free.append(index)
    return object
  }

  /// The place that a number names with its present generation.
  private func index(_ number: Int) -> Int? {
    let index = number & 0xFFFF_FFFF - 1
    guard places.indices.contains(index), places[index].generation == number >> 32 else {
      return nil
    }
    return index
  }
}
