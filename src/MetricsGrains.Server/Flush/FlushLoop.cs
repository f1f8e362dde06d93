using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Flush;

/// <summary>
/// Brings closed minutes and raw blocks to the store, has hours and days derived, drops what is past its retention, and lets go of log
/// segments that nothing needs any more. When the store fails it tries again; until then the log holds everything.
/// </summary>
public sealed partial class FlushLoop(IGrainHost host, IRollupStore store, RawArchiver raw, IIngestLog log, IngestMeters meters, FlushSettings settings, TimeProvider time, ILogger<FlushLoop> logger, ILogCopies? copies = null)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetainEvery = TimeSpan.FromMinutes(10);

    /// <summary>How far a replay looks back for the totals before the open minutes when the log is too large for an hour of them: a few scrapes.</summary>
    private static readonly TimeSpan ShortLookback = TimeSpan.FromMinutes(2);

    /// <summary>Rows that go to the store at once, about. After an outage many minutes of rows wait: one transaction of all of them may take longer than the store allows, and would then never succeed.</summary>
    private const int RowsAtOnce = 200_000;

    private long _nextFlushMs;
    private long _nextDeriveMs;
    private long _nextRetainMs;
    private bool _storeFailing;

    /// <summary>The store took the last flush.</summary>
    public bool StoreIsHealthy => !_storeFailing;

    /// <summary>Unix ms of the last flush that the store took; 0 before the first.</summary>
    public long LastFlushMs { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        TimeSpan shortest = TimeSpan.FromMilliseconds(Math.Min(settings.Every.Interval.TotalMilliseconds, Math.Min(settings.Every.RawInterval.TotalMilliseconds, settings.Every.DeriveInterval.TotalMilliseconds)));
        using var timer = new PeriodicTimer(shortest < LongestWait ? shortest : LongestWait, time);
        long nextTick = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                long now = NowMs;
                if (now >= nextTick)
                {
                    bool isMoving = await host.TickAsync(stop);
                    nextTick = isMoving ? now : now + (long)Tick.TotalMilliseconds;
                    // Whoever asks for a metric that moves waits until its rows are in the store.
                    _nextFlushMs = isMoving && !_storeFailing ? now : _nextFlushMs;
                }
                await RunDueAsync(now, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Writes all there is, open minutes too. Called once nothing comes in any more.</summary>
    public async Task FlushEverythingAsync(CancellationToken cancel)
    {
        try
        {
            // First what a failed flush left, which must be repeated unchanged, then the rest.
            await FlushAsync(everything: false, cancel);
            // While the grains are still there to say which series they let in: a silo's leave with their last rows.
            await ArchiveBeforeLeavingAsync(cancel);
            await FlushAsync(everything: true, cancel);
            await ReleaseLogAsync(cancel);
        }
        catch (Exception error)
        {
            LogStopWithoutStore(logger, error.Message);
        }
    }

    /// <summary>Where a grain of another silo does not answer, because that silo stops too, the rows are written all the same: what is not archived is in the log.</summary>
    private async Task ArchiveBeforeLeavingAsync(CancellationToken cancel)
    {
        try
        {
            await raw.ArchiveAsync(cancel);
        }
        catch (GrainUnavailableException error)
        {
            LogGrainUnavailable(logger, error.Message);
        }
    }

    /// <summary>Half as much again as should be kept: three quarters of what there is room for.</summary>
    private bool IsLogNearlyFull => log.Status.Bytes / 3 * 2 > settings.KeepLogBytes;

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task RunDueAsync(long now, CancellationToken stop)
    {
        try
        {
            bool written = false;
            if (now >= _nextFlushMs)
            {
                // Aligned to :05, :15 …, so that a minute is written five seconds after its end, which is the grace.
                long grace = (long)Grace.TotalMilliseconds, every = (long)settings.Every.Interval.TotalMilliseconds;
                _nextFlushMs = Core.Windows.Resolution.Floor(now - grace, every) + every + grace;
                written = await FlushAllAsync(stop);
                if (log.Status.Bytes > settings.KeepLogBytes)
                {
                    // At this rate ten minutes of log are too many to keep: archive now, and let go of it.
                    await raw.ArchiveAsync(stop);
                    await ReleaseLogAsync(stop);
                }
                if (IsLogNearlyFull)
                {
                    // What holds it now are minutes that have not ended, up to ten ahead. Written before their end they make more rows; ingest must not stop for them.
                    await FlushAsync(everything: true, stop);
                    await raw.ArchiveAsync(stop);
                    await ReleaseLogAsync(stop);
                }
                await raw.ArchiveIfDueAsync(now, stop);
            }
            if (now >= _nextDeriveMs)
            {
                _nextDeriveMs = now + (long)settings.Every.DeriveInterval.TotalMilliseconds;
                await store.DeriveAsync(now, stop);
                await ReleaseLogAsync(stop);
                written = true;
            }
            if (now >= _nextRetainMs)
            {
                _nextRetainMs = now + (long)RetainEvery.TotalMilliseconds;
                await store.RetainAsync(now, settings.Retention, stop);
            }
            // Not because nothing was due: only a write shows that the store takes writes.
            if (_storeFailing && written)
            {
                _storeFailing = false;
                LogStoreIsBack(logger);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            if (!_storeFailing)
            {
                LogFailing(error);
            }
            _storeFailing = true;
            // Deriving always writes, so it shows that the store is back even when there is nothing to flush.
            _nextDeriveMs = _nextFlushMs;
        }
    }

    /// <summary>Whatever went wrong is tried again: a loop that ended would let the log grow until ingest is refused.</summary>
    private void LogFailing(Exception error)
    {
        if (error is GrainUnavailableException)
        {
            LogGrainUnavailable(logger, error.Message);
        }
        else if (error is StoreUnavailableException or StoreConfigurationException)
        {
            LogStoreFailing(logger, error.Message);
        }
        else
        {
            LogFlushBroken(logger, error);
        }
    }

    /// <returns>Whether the store took something.</returns>
    private async Task<bool> FlushAllAsync(CancellationToken cancel)
    {
        // After a failure first what was under way, unchanged, then what gathered behind it: the raw samples' series are looked up in the store.
        bool gathered = _storeFailing && await FlushAsync(everything: false, cancel);
        return await FlushAsync(everything: false, cancel) || gathered;
    }

    private async Task<bool> FlushAsync(bool everything, CancellationToken cancel)
    {
        IReadOnlyList<RollupFlush> flushes = await host.TakeFlushesAsync(everything, cancel);
        if (flushes.Count == 0)
        {
            return false;
        }
        for (int from = 0; from < flushes.Count;)
        {
            int to = from;
            long rows = 0;
            do
            {
                rows += flushes[to++].Rows.Count;
            }
            while (to < flushes.Count && rows + flushes[to].Rows.Count <= RowsAtOnce);
            long started = time.GetTimestamp();
            RollupFlush[] part = [.. flushes.Take(to).Skip(from)];
            IReadOnlyList<string> superseded = await store.AppendAsync(part, cancel);
            // What another silo's activation has claimed is not confirmed: the log keeps it until that one has written it.
            await host.ConfirmFlushesAsync([.. part.Select(f => f.Metric).Except(superseded, StringComparer.Ordinal)], cancel);
            LastFlushMs = NowMs;
            meters.Flushed(time.GetElapsedTime(started).TotalMilliseconds, rows);
            from = to;
        }
        return true;
    }

    /// <summary>Lets go of what nothing needs any more; the larger the log, the less is kept.</summary>
    private async Task ReleaseLogAsync(CancellationToken cancel)
    {
        long live = (long)settings.KeepLogFor.TotalMilliseconds;
        ulong needed = await NeededFromAsync(settings.KeepLogFor, cancel);
        log.Release(needed, NowMs - live);
        for (int part = 2; part <= 16 && log.Status.Bytes > settings.KeepLogBytes; part *= 2)
        {
            log.Release(needed, NowMs - (live / part));
        }
        // The last hour may not fit into the log, but ingest must not stop for what the store has.
        if (log.Status.Bytes > settings.KeepLogBytes)
        {
            log.Release(await NeededFromAsync(ShortLookback, cancel), long.MaxValue);
        }
        if (IsLogNearlyFull)
        {
            log.Release(await NeededFromAsync(TimeSpan.Zero, cancel), long.MaxValue);
        }
        // Copies are for the store, not for what a restart finds in memory.
        copies?.Release(await NeededFromAsync(ShortLookback, cancel));
    }

    private async Task<ulong> NeededFromAsync(TimeSpan mostLookback, CancellationToken cancel)
    {
        // Asked before the grains are, and no further than what they were handed: a record on its way to a grain is not yet among those it says it needs.
        ulong next = raw.HandedThrough + 1;
        return Math.Min(Math.Min(await host.NeededFromAsync(settings.Origin, mostLookback, cancel) ?? next, next), raw.NeededFrom);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store does not take writes: {Reason}. Ingest goes on into the log and catches up by itself; check the store before the log reaches its size limit.")]
    private static partial void LogStoreFailing(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Raw samples are not written yet: {Reason}. It is tried again; until then they are in the log.")]
    private static partial void LogGrainUnavailable(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Writing to the store failed unexpectedly. It is tried again, and ingest goes on into the log; please report this with what follows.")]
    private static partial void LogFlushBroken(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store takes writes again.")]
    private static partial void LogStoreIsBack(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped without writing the open minutes, because the store, or another silo, does not answer: {Reason}. They are in the log and will be written at the next start.")]
    private static partial void LogStopWithoutStore(ILogger logger, string reason);
}

/// <param name="Origin">This node's id.</param>
/// <param name="KeepLogFor">How long records stay although the store has them: the live window, so that a restart finds its memory again.</param>
/// <param name="KeepLogBytes">Beyond this size records go as soon as the store has them. A restart then finds less in memory, and asks the store for it.</param>
public sealed record FlushSettings(string Origin, Retention Retention, TimeSpan KeepLogFor, long KeepLogBytes)
{
    public FlushOptions Every { get; init; } = new();
}
