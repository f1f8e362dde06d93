namespace MetricsGrains.Protocols.StatsD;

/// <summary>One service check, taken apart. Borrows the bytes it was parsed from. All of it is UTF-8 without NUL.</summary>
public ref struct StatsDServiceCheck
{
    /// <summary>1 to 255 bytes without control characters: fit to be a metric's name.</summary>
    public ReadOnlySpan<byte> Name { get; internal set; }

    /// <summary>0 OK, 1 warning, 2 critical, 3 unknown.</summary>
    public int Status { get; internal set; }

    /// <summary>Unix milliseconds, from the <c>d:</c> field's seconds; null when absent.</summary>
    public long? TimestampMs { get; internal set; }

    public ReadOnlySpan<byte> Host { get; internal set; }

    /// <summary>As sent, for <see cref="StatsDTags"/>; without control characters.</summary>
    public ReadOnlySpan<byte> Tags { get; internal set; }

    /// <summary>As sent: see <see cref="StatsDText.Unescape"/>.</summary>
    public ReadOnlySpan<byte> Message { get; internal set; }

    /// <summary>Optional fields with a value that could not be read and so were left out, as in the Datadog agent.</summary>
    public int BadFields { get; internal set; }
}
