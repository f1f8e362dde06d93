using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Flush;
using MetricsGrains.Server.Ingest;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// Brings one partition to the grains of its metrics and to the store, as a silo does with its own log. It begins where the store's cursor says that the partition is
/// still needed from: all before that is in the store, and what of the rest is there already the cursors of the metrics tell.
/// </summary>
/// <remarks>
/// Two of them may be at work on one partition in two silos, when a silo is suspended or the silos disagree on who is up. Both see the same records under the same
/// numbers; a grain takes each number once, and calls itself complete only when one of them has read the partition to its end; raw blocks are written only behind
/// the ones before. So the sums stay right, whoever is the owner.
/// </remarks>
public sealed partial class PartitionConsumer : IAsyncDisposable
{
    /// <summary>Batches on their way to grains: enough that at a start most metrics of the partition are asked for at once.</summary>
    private const long MostBytes = 16 << 20;

    private const int MostRecords = 4_096;

    /// <summary>By how much the clocks of hub and silos may differ.</summary>
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_measureEvery = TimeSpan.FromSeconds(5);

    private readonly string _partition;
    private readonly PartitionServices _services;
    private readonly PartitionLog _log;
    private readonly OriginDispatch _dispatch;
    private readonly ClusterGrainHost _grains;
    private readonly ILogger<PartitionConsumer> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<(Task Counted, int Bytes)> _underWay = [];
    private long _bytes;
    private ulong _next;
    private RawArchiver _archive;
    private long _measuredAt = long.MinValue;
    private ulong _newest;
    private Task _loops = Task.CompletedTask;

    private PartitionConsumer(string partition, PartitionServices services, PartitionLog log, FlushCursor? cursor, ulong from, long completeFromMs)
    {
        _partition = partition;
        _services = services;
        _log = log;
        _next = from;
        _logger = services.Loggers.CreateLogger<PartitionConsumer>();
        log.BeginAt(from);
        _dispatch = new OriginDispatch(
            log.Origin, completeFromMs, log, services.Peers, services.Limits.Defaults.LiveWindow, services.Timings, services.Time, services.Loggers.CreateLogger<OriginDispatch>(), isShared: true);
        _grains = new ClusterGrainHost(_dispatch, services.Members, services.Peers, services.Time, () => Task.CompletedTask);
        _archive = OpenArchive(cursor);
    }

    public string Partition => _partition;

    /// <summary>Metrics whose grain lacks something of the partition.</summary>
    public int Behind => _dispatch.Behind;

    /// <summary>Events that the hub had when it was last asked and that are not with their grains.</summary>
    public double Lag => Math.Max(0, (double)Volatile.Read(ref _newest) - Applied);

    /// <exception cref="HubUnavailableException">The hub does not answer.</exception>
    /// <exception cref="StoreUnavailableException">The store does not.</exception>
    public static async Task<PartitionConsumer> StartAsync(string partition, PartitionServices services, CancellationToken cancel)
    {
        var log = new PartitionLog(services.Hub, partition);
        FlushCursor? cursor = await ReadCursorAsync(services.Rollups, log.Origin, cancel);
        ulong needed = cursor is null ? 1 : Math.Min(cursor.ReplayFrom, cursor.AppliedThrough + 1);
        ulong from = Math.Max(needed, (await log.ExtentAsync(cancel)).First);
        long completeFrom = long.MinValue;
        if (from > 1)
        {
            // What lies before it came before it, so nothing in there is newer than this. An hour that is not in memory is answered for by the store.
            long enqueued = await log.EnqueuedMsAsync(from, cancel) ?? services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            completeFrom = enqueued + (long)(services.Limits.Defaults.MaxAhead + s_clockSkew).TotalMilliseconds;
        }
        var consumer = new PartitionConsumer(partition, services, log, cursor, from, completeFrom);
        LogBegins(consumer._logger, log.Origin, from);
        if (from > needed && cursor is not null)
        {
            LogLost(consumer._logger, log.Origin, needed, from - 1);
        }
        consumer._dispatch.Start();
        services.Origins.Add(consumer._dispatch);
        consumer._loops = Task.WhenAll(Task.Run(consumer.FollowAsync, CancellationToken.None), Task.Run(consumer.WorkAsync, CancellationToken.None));
        return consumer;
    }

    /// <summary>Ends. What is not in the store yet the next owner reads again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
        _services.Origins.Remove(_dispatch);
        await _dispatch.DisposeAsync();
        _stop.Dispose();
    }

    private double Applied
    {
        get
        {
            // What is left out, a repeat or a dead letter, never reaches the dispatch.
            ulong applied = _dispatch.AppliedThrough, reached = _log.Status.DurableThrough;
            return applied >= _dispatch.Lag.Logged ? reached : applied;
        }
    }

    private static async Task<FlushCursor?> ReadCursorAsync(IRollupStore store, string origin, CancellationToken cancel) =>
        (await store.ReadCursorsAsync(RawArchiver.AllMetrics, cancel)).FirstOrDefault(c => c.Stream == FlushStream.Raw && c.Origin == origin);

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await foreach (PartitionRecord record in _log.FollowAsync(_next, _stop.Token))
                {
                    await TakeAsync(record);
                }
            }
            catch (Exception error) when (!_stop.IsCancellationRequested)
            {
                LogTrouble(_logger, _log.Origin, _next, error.Message);
            }
            catch (Exception)
            {
                // Whatever was under way failed because of the stop, or no longer matters.
            }
            await Task.Delay(_services.Timings.Look, _services.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeAsync(PartitionRecord record)
    {
        if (record.Damage is { } damage)
        {
            await BuryAsync(record.Event, damage);
        }
        else if (!record.IsRepeat)
        {
            await HandOverAsync(record);
        }
        _next = record.Event.Sequence + 1;
        _log.Reached(in record);
    }

    private async Task BuryAsync(HubEvent dead, string damage)
    {
        LogDead(_logger, _log.Origin, dead.Sequence, damage);
        _services.Meters.DeadLettered(_partition);
        try
        {
            await _services.DeadLetters.AddAsync(new DeadLetter(_log.Origin, dead.Sequence, dead.EnqueuedMs, damage, dead.Body), _stop.Token);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The hub keeps it for its time; the partition does not wait for a disk.
            LogNotKept(_logger, _log.Origin, dead.Sequence, error.Message);
        }
    }

    private async Task HandOverAsync(PartitionRecord record)
    {
        int bytes = record.Envelope.Batch.Length;
        _underWay.Enqueue((CountAsync(_dispatch.AppendAsync(record.Envelope.Batch, record.Event.Sequence)), bytes));
        _bytes += bytes;
        while (_underWay.TryPeek(out (Task Counted, int Bytes) oldest) && (oldest.Counted.IsCompleted || _bytes > MostBytes || _underWay.Count > MostRecords))
        {
            _underWay.Dequeue();
            _bytes -= oldest.Bytes;
            await oldest.Counted.WaitAsync(_stop.Token);
        }
    }

    /// <summary>Who sent the samples was told that they are taken. What grains refuse shows in the figures alone.</summary>
    private async Task CountAsync(ValueTask<AppendResult> applied)
    {
        foreach (Refusal refusal in (await applied).Refusals)
        {
            _services.Meters.Rejected(ReasonNames.Of(refusal.Reason), refusal.Samples);
        }
    }

    /// <summary>Archives, and looks how far the hub is.</summary>
    private async Task WorkAsync()
    {
        using var timer = new PeriodicTimer(_services.Timings.Look, _services.Time);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stop.Token);
                await MeasureAsync();
                await ArchiveAsync();
            }
            catch (Exception error) when (!_stop.IsCancellationRequested)
            {
                LogArchiveTrouble(_logger, _log.Origin, error.Message);
            }
            catch (Exception)
            {
                // Whatever was under way failed because of the stop, or no longer matters.
            }
        }
    }

    private RawArchiver OpenArchive(FlushCursor? cursor) => new(
        _log, () => _grains.AppliedThrough(_log.Status.DurableThrough), _grains, _services.Rollups, _services.Raw, _log.Origin, _services.Limits, cursor, _services.Time, _services.Flush, _services.Detail, NeededFromAsync);

    /// <summary>Where the next owner has to begin, once it is in the store.</summary>
    private async Task<ulong> NeededFromAsync(ulong next, CancellationToken cancel) =>
        Math.Min(await _dispatch.NeededFromAsync(_services.Limits.Defaults.LiveWindow, cancel) ?? next, next);

    private async Task MeasureAsync()
    {
        if (_measuredAt == long.MinValue || _services.Time.GetElapsedTime(_measuredAt) >= s_measureEvery)
        {
            _measuredAt = _services.Time.GetTimestamp();
            Volatile.Write(ref _newest, (await _log.ExtentAsync(_stop.Token)).Next - 1);
        }
    }

    private async Task ArchiveAsync()
    {
        long now = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (!_archive.IsDue(now))
        {
            return;
        }
        // Another owner may have been at work: the store leaves out what is not written behind its cursor, so go on from there.
        if (await ReadCursorAsync(_services.Rollups, _log.Origin, _stop.Token) is { } cursor && cursor.AppliedThrough + 1 != _archive.NeededFrom)
        {
            _archive = OpenArchive(cursor);
            await _archive.ArchiveAsync(_stop.Token);
            return;
        }
        await _archive.ArchiveIfDueAsync(now, _stop.Token);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Reading {Origin} from event {From} on.")]
    private static partial void LogBegins(ILogger logger, string origin, ulong from);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Origin} does not keep events {First} to {Last} any more, and the store may not have all of them. Nobody read the partition for longer than the hub keeps events: make that longer.")]
    private static partial void LogLost(ILogger logger, string origin, ulong first, ulong last);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Origin} can't be read from event {From} on: {Reason}. It is tried again; until then the hub keeps what is sent.")]
    private static partial void LogTrouble(ILogger logger, string origin, ulong from, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Raw samples of {Origin} are not written yet: {Reason}. It is tried again; until then the hub has them.")]
    private static partial void LogArchiveTrouble(ILogger logger, string origin, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {Sequence} of {Origin} is no batch of samples: {Reason}. It is left out and kept among the dead letters. See who else sends to this hub, or whether this silo is older than the others.")]
    private static partial void LogDead(ILogger logger, string origin, ulong sequence, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {Sequence} of {Origin}, a dead letter, could not be kept: {Reason}. Check the disk that holds the data folder.")]
    private static partial void LogNotKept(ILogger logger, string origin, ulong sequence, string reason);
}
