namespace MetricsGrains.Core.Model;

/// <summary>What a sender with an idempotency key was told of the request that a batch is made of, so that a repetition after a crash can be told the same.</summary>
/// <param name="Points">Points of the request that are in the batch. One point may be several samples.</param>
/// <param name="Rejected">Points of the request that were refused before.</param>
/// <param name="ReceivedMs">When the request came, Unix ms.</param>
public readonly record struct BatchReceipt(int Points, int Rejected, long ReceivedMs);
