using System.Diagnostics.Metrics;
using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Partitioned;

/// <summary>Reads the partitions that are this silo's, as long as they are.</summary>
public sealed partial class HubConsumers : IAsyncDisposable
{
    private readonly PartitionServices _services;
    private readonly SiloId _self;
    private readonly ILogger<HubConsumers> _logger;
    private readonly CancellationTokenSource _stop = new();
    private volatile IReadOnlyDictionary<string, PartitionConsumer> _running = new Dictionary<string, PartitionConsumer>();
    private Task _loop = Task.CompletedTask;

    public HubConsumers(PartitionServices services, SiloId self)
    {
        _services = services;
        _self = self;
        _logger = services.Loggers.CreateLogger<HubConsumers>();
        services.Meters.Meter.CreateObservableGauge(
            "metricsgrains.eventhubs.lag", () => Running.Select(c => new Measurement<double>(c.Lag, new KeyValuePair<string, object?>("partition", c.Partition))),
            "{event}", "Events of a partition that this silo reads that are not with their grains yet");
    }

    public IReadOnlyList<PartitionConsumer> Running => [.. _running.Values];

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Reads no partition any more when it ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await Task.WhenAll(_running.Values.Select(c => c.DisposeAsync().AsTask()));
        _running = new Dictionary<string, PartitionConsumer>();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_services.Timings.Look, _services.Time);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await AdjustAsync();
                await timer.WaitForNextTickAsync(_stop.Token);
            }
            catch (Exception error) when (!_stop.IsCancellationRequested)
            {
                LogTrouble(_logger, _services.Hub.Name, error.Message);
                await Task.Delay(_services.Timings.Look, _services.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                // Whatever was under way failed because of the stop, or no longer matters.
            }
        }
    }

    private async Task AdjustAsync()
    {
        IReadOnlyList<SiloId> silos = _services.Peers.Silos;
        IReadOnlyList<string> partitions = await _services.Hub.PartitionsAsync(_stop.Token);
        HashSet<string> mine = [.. partitions.Where(p => silos.Count > 0 && PartitionOwners.OwnerOf(PartitionLog.OriginOf(_services.Hub, p), silos) == _self)];
        foreach ((string partition, PartitionConsumer consumer) in _running.Where(r => !mine.Contains(r.Key)).ToArray())
        {
            _running = _running.Where(r => r.Key != partition).ToDictionary();
            await consumer.DisposeAsync();
            LogLeft(_logger, partition, _services.Hub.Name);
        }
        foreach (string partition in mine.Where(p => !_running.ContainsKey(p)))
        {
            PartitionConsumer consumer = await PartitionConsumer.StartAsync(partition, _services, _stop.Token);
            _running = new Dictionary<string, PartitionConsumer>(_running) { [partition] = consumer };
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Partition {Partition} of {Hub} is another silo's now.")]
    private static partial void LogLeft(ILogger logger, string partition, string hub);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Partitions of {Hub} that are this silo's can't be read: {Reason}. It is tried again; until then the hub keeps what is sent.")]
    private static partial void LogTrouble(ILogger logger, string hub, string reason);
}
