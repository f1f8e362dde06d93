using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster.Copies;
using MetricsGrains.Server.Composition;
using MetricsGrains.Server.Flush;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Cluster;

/// <summary>
/// Brings what is in the log of a silo that does not come back to the grains and the store, under that log's name, as the silo itself would have done at
/// its next start. Works beside this silo's own log, and ends by itself when the store has everything; stopped before, it goes on where it was when begun again.
/// </summary>
public sealed partial class LogTakeover : IAsyncDisposable
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private readonly FileIngestLog _log;
    private readonly string _folder;
    private readonly string _origin;
    private readonly OriginDispatch _dispatch;
    private readonly ClusterGrainHost _host;
    private readonly RawArchiver _raw;
    private readonly OriginSet _origins;
    private readonly TimeProvider _time;
    private readonly ILogger<LogTakeover> _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _isHandedOver;

    private LogTakeover(FileIngestLog log, string folder, string origin, GrainHostStart start, MemberHost members, IClusterPeers peers, OriginSet origins)
    {
        _log = log;
        _folder = folder;
        _origin = origin;
        _origins = origins;
        _time = start.Time;
        _logger = start.Loggers.CreateLogger<LogTakeover>();
        NodeOptions options = start.Options;
        long completeFrom = log.Release(0, long.MinValue);
        bool isCut = completeFrom == long.MinValue && log.Status.FirstSequence > 1;
        _dispatch = new OriginDispatch(
            origin, isCut ? _time.GetUtcNow().ToUnixTimeMilliseconds() : completeFrom, log, peers, options.Grains.Defaults.LiveWindow, new ClusterTimings(), _time, start.Loggers.CreateLogger<OriginDispatch>());
        _host = new ClusterGrainHost(_dispatch, members, peers, _time, () => Task.CompletedTask);
        FlushCursor? archived = start.Cursors.FirstOrDefault(c => c.Stream == FlushStream.Raw && c.Origin == origin);
        _raw = new RawArchiver(log, () => _host.AppliedThrough(log.Status.NextSequence - 1), _host, start.Store, start.Store, origin, options.Grains, archived, _time, options.Flush, options.RawDetail);
    }

    /// <param name="folder">The log's folder, or the data folder that it is in; or a copy's, or the folder of an origin's copies.</param>
    /// <param name="view">Null: whether the log's silo is up is not looked at.</param>
    /// <exception cref="IOException">There is no log, it can't be read, or its silo is up.</exception>
    /// <exception cref="LogUnavailableException">Another process has it open: its silo lives.</exception>
    public static async Task<LogTakeover> StartAsync(string folder, GrainHostStart start, MemberHost members, IClusterPeers peers, IClusterView? view, OriginSet origins, CancellationToken cancel)
    {
        (string Folder, CopyLabel Label)? copy = CopyLabel.Find(folder);
        folder = copy?.Folder ?? folder;
        string directory = Path.GetFullPath(Directory.Exists(Path.Combine(folder, "log")) ? Path.Combine(folder, "log") : folder);
        if (!Directory.Exists(directory) || !Directory.EnumerateFiles(directory).Any())
        {
            throw new IOException($"there is no log in {directory}. Set {NodeOptions.Section}:Cluster:RecoverLog to the data folder of the silo that is gone, or to the folder 'log' in it.");
        }
        var options = new IngestLogOptions { Directory = directory, MaxBytes = long.MaxValue, OnCorruption = start.Options.Log.OnCorruption };
        var events = new LogEventLogger(start.Loggers.CreateLogger<LogTakeover>());
        FileIngestLog log = await FileIngestLog.OpenAsync(options, start.Time, events.Handle, cancel);
        try
        {
            string origin = copy?.Label.Origin ?? NodeIdentity.OriginOf(Path.GetDirectoryName(directory)!, log.LogId, start.Cursors);
            await RefuseLivingAsync(origin, view, cancel);
            var takeover = new LogTakeover(log, directory, origin, start, members, peers, origins);
            takeover._dispatch.Start();
            origins.Add(takeover._dispatch);
            takeover._running = Task.Run(takeover.RunAsync, CancellationToken.None);
            return takeover;
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <exception cref="IOException">The silo of the log, or another one that brings it to the store, is up.</exception>
    private static async Task RefuseLivingAsync(string origin, IClusterView? view, CancellationToken cancel)
    {
        ClusterSnapshot? cluster = view is null ? null : await view.LookAsync(cancel);
        if (cluster?.Silos.FirstOrDefault(s => s.Report?.Origins.Any(o => o.Origin == origin) == true) is { } living)
        {
            throw new IOException($"the log of {origin} is being brought to the store by silo {living.Silo}, which is up. {NodeOptions.Section}:Cluster:RecoverLog is for the log of a silo that does not come back; start without it.");
        }
    }

    private async Task RunAsync()
    {
        LogBegins(_logger, _folder, _log.Status.NextSequence - _log.Status.FirstSequence, _origin);
        try
        {
            using var timer = new PeriodicTimer(s_lookEvery, _time);
            while (!await TryAsync())
            {
                await timer.WaitForNextTickAsync(_stop.Token);
            }
            LogDone(_logger, _folder);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            LogStopped(_logger, _folder);
        }
        finally
        {
            _origins.Remove(_dispatch);
            await _dispatch.DisposeAsync();
            await _log.DisposeAsync();
        }
    }

    /// <summary>Hands over what was not yet, and archives. What fails, whatever it is, is tried again.</summary>
    /// <returns>Whether the store has everything.</returns>
    private async Task<bool> TryAsync()
    {
        try
        {
            if (!_isHandedOver)
            {
                await new LogReplay(_log, _host, new IdempotencyCache(_time), _time).RunAsync(_origin, _stop.Token);
                _isHandedOver = true;
            }
            await _raw.ArchiveAsync(_stop.Token);
            return _raw.NeededFrom > _dispatch.Handed && await _host.NeededFromAsync(_origin, TimeSpan.Zero, _stop.Token) is null;
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            LogTrouble(_logger, _folder, error.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Bringing {Records} records of the log in {Folder} to the store, as {Origin}.")]
    private static partial void LogBegins(ILogger logger, string folder, ulong records, string origin);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store has everything that was in the log in {Folder}: it is not needed any more. Start without --recover-log next time.")]
    private static partial void LogDone(ILogger logger, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped before the store had everything of the log in {Folder}. Keep it, and start with --recover-log again.")]
    private static partial void LogStopped(ILogger logger, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log in {Folder} is not all in the store yet: {Reason}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string folder, string reason);
}
