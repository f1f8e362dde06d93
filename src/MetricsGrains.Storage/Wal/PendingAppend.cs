namespace MetricsGrains.Storage.Wal;

/// <summary>One append on its way: the caller's task and the memory it lent. Continuations never run on the writer's thread.</summary>
internal sealed class PendingAppend(ReadOnlyMemory<byte> payload, uint payloadCrc, long newestMs, CancellationToken cancel)
    : TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public ReadOnlyMemory<byte> Payload { get; private set; } = payload;

    public uint PayloadCrc { get; } = payloadCrc;

    public long NewestMs { get; } = newestMs;

    public CancellationToken Cancel { get; } = cancel;

    /// <summary>Size in the file.</summary>
    public long Bytes { get; } = RecordHeader.Size + payload.Length;

    public ulong Sequence { get; set; }

    public void Complete()
    {
        Payload = default;
        SetResult(Sequence);
    }

    public void Fail(Exception error)
    {
        Payload = default;
        SetException(error);
    }

    public void Abandon()
    {
        Payload = default;
        SetCanceled(Cancel);
    }
}
