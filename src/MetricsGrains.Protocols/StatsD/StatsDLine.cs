namespace MetricsGrains.Protocols.StatsD;

/// <summary>One metric line, taken apart. Borrows the bytes it was parsed from. Values are not yet scaled by the sample rate.</summary>
public ref struct StatsDLine
{
    /// <summary>1 to 255 bytes of UTF-8 without control characters.</summary>
    public ReadOnlySpan<byte> Name { get; internal set; }

    public StatsDType Type { get; internal set; }

    /// <summary>The values as sent, with colons between; never empty. Walk them with <see cref="EnumerateValues"/>.</summary>
    public ReadOnlySpan<byte> Values { get; internal set; }

    /// <summary>The tags as sent, with commas between, without the <c>#</c>; may be empty. UTF-8 without control characters. Read them with <see cref="StatsDTags"/>.</summary>
    public ReadOnlySpan<byte> Tags { get; internal set; }

    /// <summary>Which share of the events was sent: from <see cref="StatsDParser.MinSampleRate"/> to 1. Each value stands for 1/rate of them.</summary>
    public double SampleRate { get; internal set; }

    /// <summary>Unix milliseconds, from the <c>|T</c> field's seconds; null when the line has none.</summary>
    public long? TimestampMs { get; internal set; }

    /// <summary>The <c>|c:</c> field; empty when absent. Not checked to be UTF-8.</summary>
    public ReadOnlySpan<byte> ContainerId { get; internal set; }

    /// <summary>The <c>|e:</c> field (external data); empty when absent. Not checked to be UTF-8.</summary>
    public ReadOnlySpan<byte> ExternalData { get; internal set; }

    /// <summary>The <c>|card:</c> field; empty when absent. Not checked to be UTF-8.</summary>
    public ReadOnlySpan<byte> Cardinality { get; internal set; }

    public readonly StatsDValues EnumerateValues() => new(Values, Type);
}
