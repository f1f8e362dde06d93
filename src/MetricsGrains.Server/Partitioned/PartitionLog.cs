using System.Runtime.CompilerServices;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// One partition of a hub as a log that is read: its batches in order, repeats and what can't be decoded left out. Who writes it, and who reads it beside us, is not known here;
/// so it is no <see cref="IIngestLog"/>: Event Hubs does not tell a sender which sequence its event got.
/// </summary>
public sealed class PartitionLog(IPartitionedHub hub, string partition) : IRecordLog
{
    private long _reached;
    private long _first = 1;
    private long _damaged;

    /// <summary>The partition's name among all logs, as cursors know it.</summary>
    public string Origin { get; } = OriginOf(hub, partition);

    /// <summary>Up to what was handed to the grains of it, or was left out for good. Bytes and segments are the hub's business: 0.</summary>
    public LogStatus Status
    {
        get
        {
            ulong reached = (ulong)Interlocked.Read(ref _reached);
            return new LogStatus(Math.Min((ulong)Interlocked.Read(ref _first), reached + 1), reached + 1, reached, 0, 0, Interlocked.Read(ref _damaged));
        }
    }

    /// <summary>
    /// Up to what the hub has at the time of the call, further than what was handed to the grains: another reader may have been further than this one, and a grain
    /// must not be told that it has everything before it has what that one gave it.
    /// </summary>
    public async IAsyncEnumerable<LogRecord> ReadAsync(ulong fromSequence, [EnumeratorCancellation] CancellationToken cancel)
    {
        PartitionExtent extent = await ExtentAsync(cancel);
        ulong from = Math.Max(fromSequence, extent.First);
        if (from >= extent.Next)
        {
            yield break;
        }
        await foreach (PartitionRecord record in WalkAsync(from, extent.Next - 1, cancel))
        {
            if (record.IsGood)
            {
                yield return new LogRecord(record.Event.Sequence, record.Envelope.Batch) { NewestMs = record.Envelope.NewestMs };
            }
        }
    }

    internal static string OriginOf(IPartitionedHub hub, string partition) => $"eh/{hub.Name}/{partition}";

    internal async Task<PartitionExtent> ExtentAsync(CancellationToken cancel)
    {
        PartitionExtent extent = await hub.ExtentAsync(partition, cancel);
        Interlocked.Exchange(ref _first, (long)extent.First);
        return extent;
    }

    /// <summary>When the hub took the event at a sequence, or the first one behind it, Unix ms; null when there is none yet.</summary>
    internal async Task<long?> EnqueuedMsAsync(ulong sequence, CancellationToken cancel)
    {
        PartitionExtent extent = await ExtentAsync(cancel);
        if (sequence < extent.Next)
        {
            await foreach (HubEvent found in hub.ReadAsync(partition, sequence, extent.Next - 1, cancel))
            {
                return found.EnqueuedMs;
            }
        }
        return null;
    }

    /// <summary>Everything from a sequence on, and what comes, without end.</summary>
    internal IAsyncEnumerable<PartitionRecord> FollowAsync(ulong from, CancellationToken cancel) => WalkAsync(from, ulong.MaxValue, cancel);

    /// <summary>What <see cref="FollowAsync"/> gave up to here was dealt with.</summary>
    internal void Reached(in PartitionRecord record)
    {
        Interlocked.Add(ref _damaged, record.Damage is null ? 0 : 1);
        Interlocked.Exchange(ref _reached, (long)record.Event.Sequence);
    }

    /// <summary>Begins after what an earlier owner dealt with.</summary>
    internal void BeginAt(ulong sequence) => Interlocked.Exchange(ref _reached, (long)sequence - 1);

    private async IAsyncEnumerable<PartitionRecord> WalkAsync(ulong from, ulong through, [EnumeratorCancellation] CancellationToken cancel)
    {
        var filter = new RepeatFilter(from);
        await foreach (HubEvent read in hub.ReadAsync(partition, from, through, cancel))
        {
            if (!EventEnvelope.TryRead(read.Body, out EventEnvelope envelope, out string? damage))
            {
                yield return new PartitionRecord(read, default, damage, false);
                continue;
            }
            if (filter.Unknown(in envelope) is (ulong first, ulong last))
            {
                await foreach (HubEvent earlier in hub.ReadAsync(partition, first, last, cancel))
                {
                    if (EventEnvelope.TryRead(earlier.Body, out EventEnvelope recalled, out _))
                    {
                        filter.Recall(in recalled);
                    }
                }
                filter.Recalled(first);
            }
            yield return new PartitionRecord(read, envelope, null, !filter.TryPass(in envelope));
        }
    }
}
