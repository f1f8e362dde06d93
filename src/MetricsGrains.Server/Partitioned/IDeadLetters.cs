namespace MetricsGrains.Server.Partitioned;

/// <summary>Where events go that can't be decoded, so that their partition goes on and somebody can look at them.</summary>
public interface IDeadLetters
{
    /// <summary>Keeps one. The same one again, after a restart, is kept once.</summary>
    /// <exception cref="IOException">It can't be kept.</exception>
    Task AddAsync(DeadLetter letter, CancellationToken cancel);
}

/// <param name="Origin">The partition's name as a log.</param>
/// <param name="Reason">For people.</param>
public sealed record DeadLetter(string Origin, ulong Sequence, long EnqueuedMs, string Reason, ReadOnlyMemory<byte> Body);
