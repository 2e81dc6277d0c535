import Sluice
import SluiceFormats
import SluiceServing

/// `GET /v2/status`: how everything stands, for the page.
extension InferenceResponder {
  /// Times are milliseconds of the service's clock, latencies nanoseconds.
  func status() -> JSONValue {
    let report = service.report
    return [
      "draining": .bool(report.isDraining),
      "clock_ms": JSONValue(milliseconds(service.clock.now)),
      "queued_bytes": JSONValue(report.queuedBytes),
      "sequences_waiting": JSONValue(report.sequencesWaiting),
      "window_seconds": JSONValue(milliseconds(RecentWindow.length) / 1000),
      "models": .array(
        report.models.map { model in
          let interface = try? service.version(of: model.name).interface
          return model.status(interface?.streaming)
        }),
    ]
  }
}

extension ModelReport {
  fileprivate func status(_ streaming: ModelDescription.Streaming?) -> JSONValue {
    [
      "name": .string(name), "version": version.map { JSONValue($0) } ?? .null,
      "retiring_versions": .array(retiringVersions.map { JSONValue($0) }),
      "backend": backend?.status ?? .null,
      "streaming": (streaming?.members).map { .object($0) } ?? .null,
      "slots": JSONValue(slots), "slots_taken": JSONValue(slotsTaken), "streams": streams,
      "waiting": ["requests": JSONValue(requestsWaiting), "frames": JSONValue(framesWaiting)],
      "steps": [
        "count": JSONValue(steps.steps), "frames": JSONValue(steps.frames),
        "by_streams": .array(steps.status),
      ],
      "answered": [
        "requests": JSONValue(requestsAnswered), "sequences": JSONValue(sequencesAnswered),
      ],
      "bytes": ["in": JSONValue(bytesIn), "out": JSONValue(bytesOut)],
      "refused": refused, "device_failures": JSONValue(engine.deviceFailures),
      "recent": .array(recent.map(\.status)),
    ]
  }

  private var streams: JSONValue {
    [
      "active": JSONValue(streamsActive), "stored": JSONValue(streamsStored),
      "started": JSONValue(streamsStarted), "ended": JSONValue(streamsEnded),
      "expired": JSONValue(streamsExpired), "hibernated": JSONValue(streamsHibernated),
      "restored": JSONValue(streamsRestored), "lost": JSONValue(streamsLost),
    ]
  }

  /// By reason, those that there were.
  private var refused: JSONValue {
    .object(
      ServingError.Code.all.compactMap { code in
        refusals[code].map { JSONValue.Member(key: code.name, value: JSONValue($0)) }
      })
  }
}

extension BackendDecision {
  fileprivate var status: JSONValue {
    ["name": .string(backend), "device": .string(device), "reason": .string(reason)]
  }
}

extension StepCounts {
  /// Up to the largest number of streams that stepped together.
  fileprivate var status: [JSONValue] {
    let count = (bySize.lastIndex { $0 > 0 } ?? -1) + 1
    return (0..<count).map { k in
      ["up_to": JSONValue(StepCounts.largestSize(k)), "steps": JSONValue(bySize[k])]
    }
  }
}

extension RecentWindow {
  fileprivate var status: JSONValue {
    [
      "start_ms": JSONValue(milliseconds(start)), "answered": JSONValue(answered),
      "refused": JSONValue(refused), "expired": JSONValue(expired),
      "p50_ns": JSONValue(latency.nanoseconds(quantile: 0.5)),
      "p99_ns": JSONValue(latency.nanoseconds(quantile: 0.99)),
    ]
  }
}

private func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }
