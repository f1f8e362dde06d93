using MetricsGrains.Core.Model;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>The metric types of a StatsD line.</summary>
public enum StatsDType : byte
{
    /// <summary><c>c</c>; and <c>m</c>, the "meter" of some clients, which counts events just the same.</summary>
    Counter = 1,

    /// <summary><c>g</c></summary>
    Gauge,

    /// <summary><c>ms</c></summary>
    Timer,

    /// <summary><c>h</c></summary>
    Histogram,

    /// <summary><c>d</c></summary>
    Distribution,

    /// <summary><c>s</c></summary>
    Set,
}

/// <summary>What follows from a StatsD type.</summary>
public static class StatsDTypes
{
    /// <summary>How the type is kept: timers, histograms and distributions are all single observations.</summary>
    public static MetricKind KindOf(StatsDType type) => type switch
    {
        StatsDType.Counter => MetricKind.Counter,
        StatsDType.Gauge => MetricKind.Gauge,
        StatsDType.Set => MetricKind.Set,
        _ => MetricKind.Distribution,
    };

    /// <summary>A sample rate scales these; for gauges and sets the Datadog agent ignores it, and so should the caller.</summary>
    public static bool IsSampled(StatsDType type) => type is not (StatsDType.Gauge or StatsDType.Set);

    internal static bool TryParse(ReadOnlySpan<byte> field, out StatsDType type)
    {
        type = default;
        if (field.Length == 1)
        {
            type = field[0] switch
            {
                (byte)'c' or (byte)'m' => StatsDType.Counter,
                (byte)'g' => StatsDType.Gauge,
                (byte)'h' => StatsDType.Histogram,
                (byte)'d' => StatsDType.Distribution,
                (byte)'s' => StatsDType.Set,
                _ => default,
            };
        }
        else if (field.SequenceEqual("ms"u8))
        {
            type = StatsDType.Timer;
        }
        return type != default;
    }
}
