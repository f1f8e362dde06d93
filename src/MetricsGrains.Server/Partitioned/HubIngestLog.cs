using System.Runtime.CompilerServices;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// The hub as this node's log: what is appended is split by metric and sent to the partitions, and acknowledged when all of them have their part. The node lets go
/// of it then: whoever owns a partition reads it, as <see cref="PartitionLog"/>. So this log is always empty, and its sequences only count.
/// </summary>
public sealed class HubIngestLog : IIngestLog
{
    private readonly PartitionSender[] _senders;
    private readonly int _maxBatchBytes;
    private long _last;

    private HubIngestLog(IPartitionedHub hub, PartitionSender[] senders)
    {
        _senders = senders;
        _maxBatchBytes = hub.MaxSendBytes - hub.EventOverheadBytes - EventEnvelope.HeaderBytes;
    }

    public LogStatus Status
    {
        get
        {
            ulong next = (ulong)Interlocked.Read(ref _last) + 1;
            return new LogStatus(next, next, next - 1, 0, 0, 0);
        }
    }

    /// <exception cref="HubUnavailableException">It does not say which partitions it has.</exception>
    public static async Task<HubIngestLog> OpenAsync(IPartitionedHub hub, TimeProvider time, CancellationToken cancel)
    {
        IReadOnlyList<string> partitions = await hub.PartitionsAsync(cancel);
        return new HubIngestLog(hub, [.. partitions.Select(p => new PartitionSender(hub, p, time))]);
    }

    /// <summary>As <see cref="IIngestLog.AppendAsync"/>, but that a failure leaves unknown whether the hub has the batch, or a part of it.</summary>
    public Task<ulong> AppendAsync(ReadOnlyMemory<byte> batch, long newestMs, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
        {
            return Task.FromCanceled<ulong>(cancel);
        }
        // Queued before this returns, so that every partition gets its parts in the order of the calls.
        IReadOnlyList<byte[]>[] parts = PartitionSplit.Split(batch.Span, _senders.Length, _maxBatchBytes);
        var sent = new List<Task>();
        for (int i = 0; i < parts.Length; i++)
        {
            foreach (byte[] part in parts[i])
            {
                sent.Add(_senders[i].EnqueueAsync(part, newestMs));
            }
        }
        return WaitAsync(sent, (ulong)Interlocked.Increment(ref _last));
    }

    public async IAsyncEnumerable<LogRecord> ReadAsync(ulong fromSequence, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask;
        yield break;
    }

    /// <returns>long.MinValue: no sample was ever in this log and is not any more.</returns>
    public long Release(ulong belowSequence, long olderThanMs) => long.MinValue;

    /// <summary>Ends what is under way. The hub itself stays open.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_senders.Select(s => s.DisposeAsync().AsTask()));

    private static async Task<ulong> WaitAsync(List<Task> sent, ulong sequence)
    {
        await Task.WhenAll(sent);
        return sequence;
    }
}
