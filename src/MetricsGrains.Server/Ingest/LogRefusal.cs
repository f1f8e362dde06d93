namespace MetricsGrains.Server.Ingest;

/// <summary>
/// Whether the log refuses batches. A full log, or disk, still has room for small ones now and then, such as the node's own metrics: one of them that is
/// taken is no sign that the others are. Written by one thread, read by all.
/// </summary>
internal sealed class LogRefusal(TimeProvider time)
{
    /// <summary>After that long without another refusal nobody sends what would not fit, and all that is sent is taken.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(10);

    private volatile Last? _last;

    /// <summary>For people; null when batches are taken.</summary>
    public string? Reason => _last is { } last && time.GetElapsedTime(last.At) < s_memory ? last.Reason : null;

    /// <param name="length">Of the batch, in bytes.</param>
    public void Refused(int length, string reason) => _last = new Last(Reason is null ? length : Math.Max(length, _last!.Length), reason, time.GetTimestamp());

    /// <param name="length">Of the batch, in bytes.</param>
    public void Took(int length)
    {
        if (_last is { } last && (length >= last.Length || Reason is null))
        {
            _last = null;
        }
    }

    private sealed record Last(int Length, string Reason, long At);
}
