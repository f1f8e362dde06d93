using System.Diagnostics.Metrics;
using MetricsGrains.Core.Model;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Telemetry;

/// <summary>
/// Listens to the process's own meters (runtime, Kestrel, HTTP, our pipeline) and, where there is one, sends what they say through the
/// ordinary pipeline once a second, so that the node watches itself with its own tools. The same figures are on GET /metrics.
/// </summary>
public sealed class SelfMetrics : IDisposable
{
    private static readonly string[] Meters =
    [
        IngestMeters.MeterName, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http",
    ];

    private readonly MeterListener _listener = new();
    private readonly InstrumentTable _table;
    private readonly SampleBatchBuilder _batch = new();
    private readonly IngestMeters _meters;
    private readonly TimeProvider _time;

    /// <param name="node">Goes with every sample as tag <c>node</c>.</param>
    public SelfMetrics(IngestMeters meters, string node, TimeProvider time)
    {
        _meters = meters;
        _time = time;
        _table = new InstrumentTable(node);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Meters.Contains(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<byte>((i, v, t, _) => _table.Record(i, v, t));
        _listener.SetMeasurementEventCallback<short>((i, v, t, _) => _table.Record(i, v, t));
        _listener.SetMeasurementEventCallback<int>((i, v, t, _) => _table.Record(i, v, t));
        _listener.SetMeasurementEventCallback<long>((i, v, t, _) => _table.Record(i, v, t));
        _listener.SetMeasurementEventCallback<float>((i, v, t, _) => _table.Record(i, v, t));
        _listener.SetMeasurementEventCallback<double>((i, v, t, _) => _table.Record(i, v, t));
        _listener.SetMeasurementEventCallback<decimal>((i, v, t, _) => _table.Record(i, (double)v, t));
        _listener.Start();
    }

    public async Task RunAsync(IngestPipeline pipeline, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                Send(pipeline);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>All instruments with their running totals, for exposition.</summary>
    public IReadOnlyList<InstrumentSnapshot> Snapshot()
    {
        _listener.RecordObservableInstruments();
        return _table.Snapshot();
    }

    public void Dispose() => _listener.Dispose();

    private void Send(IngestPipeline pipeline)
    {
        _listener.RecordObservableInstruments();
        _batch.Clear();
        _table.Drain(_batch, _time.GetUtcNow().ToUnixTimeMilliseconds());
        _meters.Received("self", _batch.SampleCount);
        if (pipeline.TrySubmit(_batch, out Task<Core.Ports.AppendResult> done))
        {
            _ = done.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
