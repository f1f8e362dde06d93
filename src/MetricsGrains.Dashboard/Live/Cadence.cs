using MetricsGrains.Core.Windows;

namespace MetricsGrains.Dashboard.Live;

/// <summary>How what is newest comes to the node that serves the page: how fine, how late, and how often it is worth asking.</summary>
/// <param name="StepMs">The finest buckets that reach up to now.</param>
/// <param name="LateMs">A bucket may still change, or appear, so long after its end.</param>
/// <param name="EveryMs">Asking more often than this gives nothing new.</param>
public sealed record Cadence(long StepMs, long LateMs, long EveryMs)
{
    /// <summary>Of a node that takes samples in: they are in its memory. Samples come late by seconds as a rule; later ones are found when the whole range is asked for again.</summary>
    public static readonly Cadence Memory = new(Resolution.TenSeconds, 15_000, 0);

    /// <summary>Of a read-only node: what others write when a minute is over, and some seconds of grace and of their flush interval.</summary>
    public static readonly Cadence Store = new(Resolution.OneMinute, 90_000, 5_000);

    public static Cadence Of(INodeStatus node) => node.IsReadOnly ? Store : Memory;
}
