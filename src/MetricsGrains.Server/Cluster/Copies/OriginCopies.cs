using System.Globalization;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Server.Composition;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>This silo's copies of one other silo's log: the one that is being written, and older ones until it is whole. Thread-safe.</summary>
internal sealed partial class OriginCopies(string copies, string origin, IngestLogOptions like, TimeSpan maxAhead, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ILogger<OriginCopies> _logger = loggers.CreateLogger<OriginCopies>();
    private KeptCopy? _copy;
    private bool _isClosed;

    private CopyAnswer Where => new(_copy?.Generation ?? 0, _copy?.Through ?? 0);

    /// <summary>Takes records, if they follow what the copy has.</summary>
    /// <returns>Where the copy is now. It is on disk up to there.</returns>
    public async Task<CopyAnswer> TakeAsync(CopyRequest request, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (request is { Begins: true, Generation: > 0 } && request.Generation > Where.Generation)
            {
                await BeginAsync(request, cancel);
            }
            if (_copy is not { } copy || copy.Generation != request.Generation || copy.Through != request.Previous)
            {
                return Where;
            }
            await WriteAsync(copy, request);
            return Where;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Deletes the copies before a generation: another silo has a newer one, and it is whole.</summary>
    public async Task DropAsync(ulong below, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_copy is { } copy && copy.Generation < below)
            {
                _copy = null;
                await copy.DisposeAsync();
            }
            Delete(below);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _isClosed = true;
        await (_copy?.DisposeAsync() ?? ValueTask.CompletedTask);
        _copy = null;
        _turn.Release();
    }

    private async Task BeginAsync(CopyRequest request, CancellationToken cancel)
    {
        if (_copy is { } last)
        {
            _copy = null;
            await last.DisposeAsync();
        }
        string folder = CopyLabel.FolderOf(copies, origin, request.Generation);
        long olderMs = time.GetUtcNow().ToUnixTimeMilliseconds() + (long)maxAhead.TotalMilliseconds;
        _copy = await KeptCopy.BeginAsync(folder, new CopyLabel(origin, request.Generation, false), request.Previous, olderMs, like, time, new LogEventLogger(_logger).Handle, cancel);
    }

    private async Task WriteAsync(KeptCopy copy, CopyRequest request)
    {
        try
        {
            await copy.AppendAsync(request.Records);
            if (request.IsWhole && !copy.IsWhole)
            {
                copy.MarkWhole();
                Delete(copy.Generation);
                LogWhole(_logger, origin, copy.Generation);
            }
            copy.Release(request.NeededFrom);
        }
        catch
        {
            // What is on disk beyond the last answer is not known: another is begun. This one stays until that is whole.
            _copy = null;
            await copy.DisposeAsync();
            throw;
        }
    }

    private void Delete(ulong below)
    {
        string folder = CopyLabel.FolderOf(copies, origin);
        foreach (string copy in Directory.Exists(folder) ? Directory.GetDirectories(folder) : [])
        {
            if (!ulong.TryParse(Path.GetFileName(copy), NumberStyles.None, CultureInfo.InvariantCulture, out ulong generation) || generation >= below)
            {
                continue;
            }
            try
            {
                Directory.Delete(copy, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                LogNotDeleted(_logger, copy, error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "This silo has the copy of {Origin}'s log (generation {Generation}).")]
    private static partial void LogWhole(ILogger logger, string origin, ulong generation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The old copy of a log in {Folder} can't be deleted: {Reason}. It is not needed any more.")]
    private static partial void LogNotDeleted(ILogger logger, string folder, string reason);
}
