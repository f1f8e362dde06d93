using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>
/// Has another silo keep a copy of this one's log: everything that was acknowledged and is not in the store. Records are copied in the order of the log,
/// and none before those that came before it, so that a copy never has a gap: a record would hide the missing ones from the grains.
/// </summary>
public sealed partial class LogCopier : ILogCopies, IAsyncDisposable
{
    private const int MaxRecords = 4_096;
    private const int MaxBytes = 1 << 20;

    private readonly string _origin;
    private readonly IRecordLog _log;
    private readonly IClusterPeers _peers;
    private readonly CopyTimings _timings;
    private readonly TimeProvider _time;
    private readonly ILogger<LogCopier> _logger;
    private readonly CopyFollower _follower;
    private readonly CopyQueue _queue = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _isTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private ulong _generation;
    private ulong _neededFrom;
    private ulong _copiedThrough;
    private bool _isWhole;
    private long _lastTaken = long.MinValue;
    private long _lastDropped;
    private string _trouble = "the silo has only just started";
    private bool _isTroubled = true;
    private string? _keeper;

    /// <param name="origin">The log's name, as cursors know it.</param>
    public LogCopier(string origin, IRecordLog log, IClusterPeers peers, SiloId self, CopyTimings timings, TimeProvider time, ILogger<LogCopier> logger)
    {
        _origin = origin;
        _log = log;
        _peers = peers;
        _timings = timings;
        _time = time;
        _logger = logger;
        _follower = new CopyFollower(origin, peers, self, timings, time);
    }

    /// <summary>The log that it copies.</summary>
    public string Origin => _origin;

    public string? Refusal
    {
        get
        {
            long taken = Interlocked.Read(ref _lastTaken);
            return taken != long.MinValue && _time.GetElapsedTime(taken) < _timings.Patience ? null
                : $"no second silo has this one's log on its disk, as Durability=Replicated demands: {Volatile.Read(ref _trouble).TrimEnd('.')}. Send again after the time in Retry-After";
        }
    }

    public ulong CopiedThrough => Volatile.Read(ref _copiedThrough);

    /// <summary>Where the copy is, for people.</summary>
    public LogCopyStanding Standing => new(Volatile.Read(ref _keeper), CopiedThrough);

    public void Start() => _running = Task.Run(RunAsync);

    public Task CopyAsync(LogRecord record) => _queue.Add(record);

    public void Release(ulong below)
    {
        Volatile.Write(ref _neededFrom, below);
        _isTold.TrySetResult();
    }

    public async Task EndAsync()
    {
        long started = _time.GetTimestamp();
        while (!_queue.IsEmpty && _time.GetElapsedTime(started) < _timings.End)
        {
            await Task.Delay(_timings.Retry / 4, _time);
        }
        _queue.End(new LogCopyException("the silo stops, and no second one has this on its disk. It is in this silo's log and counts when that starts again: send it again only with the same Idempotency-Key, and only to this silo"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _queue.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            // What the store has need not be copied. Known within a second or so; not waited for any longer, because the store may be down.
            await Task.WhenAny(_isTold.Task, Task.Delay(_timings.Patience, _time, _stop.Token));
            while (true)
            {
                await FollowOnceAsync();
                await Task.Delay(_timings.Retry, _time, _stop.Token);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // Whatever was under way failed because of the stop, or no longer matters.
        }
    }

    private async Task FollowOnceAsync()
    {
        if (_follower.Choose() is not { } silo)
        {
            InTrouble("no other silo is up");
            return;
        }
        try
        {
            await FollowAsync(silo);
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            _follower.Failed(silo);
            InTrouble($"silo {silo} does not take it: {error.Message}");
        }
    }

    /// <summary>Copies until the silo fails or leaves.</summary>
    private async Task FollowAsync(SiloId silo)
    {
        CopyAnswer at = await CallAsync(silo, new CopyRequest(_origin, 0, 0, 0, false, false, []));
        _isWhole = false;
        bool begins = _generation == 0 || at.Generation != _generation || at.Through + 1 < _log.Status.FirstSequence;
        ulong through = at.Through;
        if (begins)
        {
            // By the clock, so that the copies of later runs of this silo come after those of earlier ones.
            _generation = Math.Max(Math.Max(_generation, at.Generation) + 1, (ulong)_time.GetUtcNow().ToUnixTimeMilliseconds());
            through = Math.Max(Volatile.Read(ref _neededFrom), _log.Status.FirstSequence) - 1;
        }
        var part = new List<LogRecord>();
        int size = 0;
        await foreach (LogRecord record in _log.ReadAsync(through + 1, _stop.Token))
        {
            part.Add(record with { Batch = record.Batch.ToArray() });
            size += record.Batch.Length;
            if (part.Count >= MaxRecords || size >= MaxBytes)
            {
                through = await SendAsync(silo, through, begins, part);
                (begins, size) = (false, 0);
                part.Clear();
            }
        }
        // All that was acknowledged was in the log when reading began; what came since waits in the queue.
        _isWhole = true;
        through = await SendAsync(silo, through, begins, part);
        while (_peers.Silos.Contains(silo))
        {
            _queue.Done(through);
            if (_queue.IsEmpty)
            {
                await _queue.WaitAsync(_timings.Beat, _stop.Token);
            }
            through = await SendAsync(silo, through, false, _queue.Peek(MaxRecords, MaxBytes));
            await DropOldAsync(silo);
        }
    }

    /// <returns>The record that the copy ends with.</returns>
    private async Task<ulong> SendAsync(SiloId silo, ulong previous, bool begins, IReadOnlyList<LogRecord> records)
    {
        ulong last = records.Count == 0 ? previous : records[^1].Sequence;
        CopyAnswer at = await CallAsync(silo, new CopyRequest(_origin, _generation, previous, Volatile.Read(ref _neededFrom), begins, _isWhole, records));
        if (at.Generation != _generation || at.Through != last)
        {
            throw new LogCopyException($"its copy is not where it was left, at record {at.Through} instead of {last}");
        }
        _follower.Succeeded();
        if (_isWhole)
        {
            Volatile.Write(ref _copiedThrough, last);
            Interlocked.Exchange(ref _lastTaken, _time.GetTimestamp());
            Volatile.Write(ref _keeper, silo.Value);
            if (_isTroubled)
            {
                _isTroubled = false;
                LogCopied(_logger, silo.Value);
            }
        }
        return last;
    }

    private Task<CopyAnswer> CallAsync(SiloId silo, CopyRequest request) => _peers.CopyAsync(silo, request, _stop.Token).WaitAsync(_timings.Call, _time, _stop.Token);

    /// <summary>Tells the other silos, those that were away too, that what they may have is old.</summary>
    private async Task DropOldAsync(SiloId keeper)
    {
        if (_lastDropped != 0 && _time.GetElapsedTime(_lastDropped) < _timings.Drop)
        {
            return;
        }
        _lastDropped = _time.GetTimestamp();
        foreach (SiloId other in _follower.Others.Where(s => s != keeper))
        {
            try
            {
                await _peers.DropCopiesAsync(other, _origin, _generation, _stop.Token).WaitAsync(_timings.Call, _time, _stop.Token);
            }
            catch (Exception error) when (!_stop.IsCancellationRequested)
            {
                LogNotDropped(_logger, other.Value, error.Message);
            }
        }
    }

    private void InTrouble(string reason)
    {
        Volatile.Write(ref _trouble, reason);
        Volatile.Write(ref _keeper, null);
        _lastDropped = 0;
        if (!_isTroubled)
        {
            _isTroubled = true;
            LogNotCopied(_logger, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} has a copy of this silo's log: what both have is acknowledged.")]
    private static partial void LogCopied(ILogger logger, string silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This silo's log is not copied any more: {Reason}. Nothing is acknowledged until another silo has a copy.")]
    private static partial void LogNotCopied(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Silo {Silo} was not told that its copies of this silo's log are old: {Reason}. It is told again.")]
    private static partial void LogNotDropped(ILogger logger, string silo, string reason);
}
