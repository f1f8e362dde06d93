using System.Diagnostics.Metrics;

namespace MetricsGrains.Server.Ingest;

/// <summary>The pipeline's own figures. Counted a batch or a chunk at a time, never a sample at a time.</summary>
public sealed class IngestMeters : IDisposable
{
    public const string MeterName = "MetricsGrains";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _received;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _flush;
    private readonly Counter<long> _flushRows;
    private readonly Counter<long> _deadLetters;

    public IngestMeters()
    {
        _received = _meter.CreateCounter<long>("metricsgrains.ingest.received", "{sample}", "Samples received, good or bad");
        _accepted = _meter.CreateCounter<long>("metricsgrains.ingest.accepted", "{sample}", "Samples taken in by their metric");
        _rejected = _meter.CreateCounter<long>("metricsgrains.ingest.rejected", "{sample}", "Samples or lines refused, by reason");
        _dropped = _meter.CreateCounter<long>("metricsgrains.ingest.dropped", "{sample}", "Samples or datagrams dropped under pressure, by where");
        _flush = _meter.CreateHistogram<double>("metricsgrains.flush.duration", "ms", "Time to write closed minutes to the store");
        _flushRows = _meter.CreateCounter<long>("metricsgrains.flush.rows", "{row}", "Rollup rows written to the store");
        _deadLetters = _meter.CreateCounter<long>("metricsgrains.eventhubs.dead_letters", "{event}", "Events that could not be decoded, by partition");
    }

    public Meter Meter => _meter;

    public void Received(string listener, long samples) => AddSome(_received, samples, "listener", listener);

    public void Accepted(long samples)
    {
        if (samples > 0)
        {
            _accepted.Add(samples);
        }
    }

    public void Rejected(string reason, long samples) => AddSome(_rejected, samples, "reason", reason);

    /// <param name="where">"kernel" (the UDP socket's buffer was full), "queue" (ours was) or "annotations" (the store has taken none for long).</param>
    public void Dropped(string where, long count) => AddSome(_dropped, count, "where", where);

    public void Flushed(double milliseconds, long rows)
    {
        _flush.Record(milliseconds);
        _flushRows.Add(rows);
    }

    public void DeadLettered(string partition) => AddSome(_deadLetters, 1, "partition", partition);

    /// <summary>A figure read when it is asked for.</summary>
    public void Observe(string name, string unit, string description, Func<double> read) => _meter.CreateObservableGauge(name, read, unit, description);

    public void Dispose() => _meter.Dispose();

    private static void AddSome(Counter<long> counter, long count, string tag, string value)
    {
        if (count > 0)
        {
            counter.Add(count, new KeyValuePair<string, object?>(tag, value));
        }
    }
}
