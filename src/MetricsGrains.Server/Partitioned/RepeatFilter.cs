namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// Lets each batch of a partition through once. A sender that does not know what became of a batch sends it again, and both may be there. Whether an event is
/// a repeat depends on the events before it alone, never on where reading began: every reader must come to the same answer, or a restart would count twice.
/// </summary>
/// <param name="from">The sequence that reading begins at.</param>
/// <remarks>
/// A sender numbers its batches and has one under way at a time, so what is not above its highest number is a repeat. A repeat says how far back
/// its first attempt may lie; where that is before <paramref name="from"/>, what lies between must be recalled first. So nothing has to be kept.
/// </remarks>
internal sealed class RepeatFilter(ulong from)
{
    private readonly Dictionary<ulong, ulong> _highest = [];
    private ulong _knownFrom = from;

    /// <summary>The events from the first sequence to the last must be recalled before this one is judged; null: none.</summary>
    public (ulong First, ulong Last)? Unknown(in EventEnvelope envelope) =>
        envelope.Floor is { } floor && floor + 1 < _knownFrom ? (floor + 1, _knownFrom - 1) : null;

    /// <summary>Takes note of an event before those that were read.</summary>
    public void Recall(in EventEnvelope envelope) => _highest[envelope.Sender] = Math.Max(_highest.GetValueOrDefault(envelope.Sender), envelope.Number);

    /// <summary>All from this sequence on were recalled.</summary>
    public void Recalled(ulong from) => _knownFrom = from;

    /// <returns>False: a repeat.</returns>
    public bool TryPass(in EventEnvelope envelope)
    {
        if (envelope.Number <= _highest.GetValueOrDefault(envelope.Sender))
        {
            return false;
        }
        _highest[envelope.Sender] = envelope.Number;
        return true;
    }
}
