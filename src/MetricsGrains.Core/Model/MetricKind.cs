namespace MetricsGrains.Core.Model;

/// <summary>What a metric's values mean. The numbers are written to logs and stores: they may only grow.</summary>
public enum MetricKind : byte
{
    /// <summary>A value that goes up and down; each sample replaces the last.</summary>
    Gauge = 1,

    /// <summary>A counter sent as deltas: each sample is what was added since the one before. Already scaled by the sample rate.</summary>
    Counter = 2,

    /// <summary>A counter sent as its running total. A total lower than the one before is a reset.</summary>
    CumulativeCounter = 3,

    /// <summary>Single observations (a latency, a size) whose percentiles matter. A sample may stand for several (its weight).</summary>
    Distribution = 4,

    /// <summary>Members whose distinct count matters. A sample's value holds the member's 64-bit hash, not a number.</summary>
    Set = 5,

    /// <summary>Observations already aggregated by the sender into exponential buckets. A sample carries a sketch.</summary>
    Histogram = 6,
}

/// <summary>What follows from a kind.</summary>
public static class MetricKinds
{
    public static bool IsDefined(MetricKind kind) => kind is >= MetricKind.Gauge and <= MetricKind.Histogram;

    /// <summary>Percentiles can be asked of it: its windows hold an <c>ExponentialSketch</c>.</summary>
    public static bool HasSketch(MetricKind kind) => kind is MetricKind.Distribution or MetricKind.Histogram;

    /// <summary>The lower-case name used in APIs and in the store.</summary>
    public static string NameOf(MetricKind kind) => kind switch
    {
        MetricKind.Gauge => "gauge",
        MetricKind.Counter => "counter",
        MetricKind.CumulativeCounter => "cumulative_counter",
        MetricKind.Distribution => "distribution",
        MetricKind.Set => "set",
        MetricKind.Histogram => "histogram",
        _ => "unknown",
    };

    /// <summary>The inverse of <see cref="NameOf"/>.</summary>
    public static bool TryParse(string name, out MetricKind kind)
    {
        for (MetricKind k = MetricKind.Gauge; k <= MetricKind.Histogram; k++)
        {
            if (NameOf(k) == name)
            {
                kind = k;
                return true;
            }
        }
        kind = default;
        return false;
    }
}
