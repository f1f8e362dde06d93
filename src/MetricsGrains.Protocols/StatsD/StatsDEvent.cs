namespace MetricsGrains.Protocols.StatsD;

/// <summary>One event, taken apart. Borrows the bytes it was parsed from. All of it is UTF-8 without NUL.</summary>
public ref struct StatsDEvent
{
    /// <summary>Never empty. As sent: see <see cref="StatsDText.Unescape"/>.</summary>
    public ReadOnlySpan<byte> Title { get; internal set; }

    /// <summary>May be empty. As sent: see <see cref="StatsDText.Unescape"/>.</summary>
    public ReadOnlySpan<byte> Text { get; internal set; }

    /// <summary>Unix milliseconds, from the <c>d:</c> field's seconds; null when absent.</summary>
    public long? TimestampMs { get; internal set; }

    public StatsDPriority Priority { get; internal set; }

    public StatsDAlertType AlertType { get; internal set; }

    public ReadOnlySpan<byte> AggregationKey { get; internal set; }

    public ReadOnlySpan<byte> SourceType { get; internal set; }

    public ReadOnlySpan<byte> Host { get; internal set; }

    /// <summary>As sent, for <see cref="StatsDTags"/>; without control characters.</summary>
    public ReadOnlySpan<byte> Tags { get; internal set; }

    /// <summary>Optional fields with a value that could not be read and so kept their default, as in the Datadog agent.</summary>
    public int BadFields { get; internal set; }
}
