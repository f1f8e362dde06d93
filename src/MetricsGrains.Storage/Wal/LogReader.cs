using System.Runtime.CompilerServices;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Wal;

/// <summary>Streams records out of the segments, with one buffer that grows to the largest record.</summary>
internal sealed class LogReader(IWalFiles files, RecoveredLog log, DamagePolicy damage)
{
    private const int Chunk = 512 << 10;

    /// <param name="synced">Awaited before the first record.</param>
    public async IAsyncEnumerable<LogRecord> ReadAsync(
        IReadOnlyList<SegmentExtent> extents, ulong fromSequence, Task synced, [EnumeratorCancellation] CancellationToken cancel)
    {
        await synced.WaitAsync(cancel);
        foreach (SegmentExtent extent in extents)
        {
            cancel.ThrowIfCancellationRequested();
            using IWalFile? file = OpenUnlessReleased(extent.Segment);
            if (file is null) continue;
            using SegmentScanner scanner = new(
                file, extent.Length, log.LogId, extent.Segment.FirstSequence, extent.BeforeSequence, fromSequence, Chunk);
            while (scanner.MoveNext())
            {
                cancel.ThrowIfCancellationRequested();
                if (scanner.Damage is not null)
                {
                    damage.Meet(log.Segments, extent.Segment, scanner);
                    continue;
                }

                if (scanner.Header.Sequence >= fromSequence) yield return new LogRecord(scanner.Header.Sequence, scanner.Payload) { NewestMs = scanner.Header.NewestMs };
            }
        }
    }

    private IWalFile? OpenUnlessReleased(Segment segment)
    {
        try
        {
            return files.Open(segment.Path, writable: false);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
