using MetricsGrains.Core.Model;

namespace MetricsGrains.Protocols.Json;

/// <summary>One point of a body, accepted or refused. Borrows the body and the reader's scratch; good until the reader's next point.</summary>
public ref struct JsonPoint
{
    /// <summary>Bytes a unit may have.</summary>
    public const int MaxUnitBytes = 64;

    /// <summary>Unless this is Ok only <see cref="Index"/> and <see cref="ErrorAt"/> mean anything.</summary>
    public JsonPointStatus Status { get; internal set; }

    /// <summary>The point's place in the array, or among the lines that are not blank; from 0.</summary>
    public int Index { get; internal set; }

    /// <summary>For a syntax error: the byte of the body it was seen at.</summary>
    public int ErrorAt { get; internal set; }

    /// <summary>1 to 255 bytes of UTF-8 without control characters.</summary>
    public ReadOnlySpan<byte> Name { get; internal set; }

    /// <summary>Gauge unless "type" says otherwise; "histogram" and "timer" are distributions.</summary>
    public MetricKind Kind { get; internal set; }

    /// <summary>The one value; of several, the first. Finite. Zero for a set.</summary>
    public double Value { get; internal set; }

    /// <summary>At least 1.</summary>
    public int ValueCount { get; internal set; }

    /// <summary>The "tags" object as sent, brackets included, not yet checked beyond its syntax; empty when absent. Read it with <see cref="JsonTags"/>, or look these bytes up.</summary>
    public ReadOnlySpan<byte> Tags { get; internal set; }

    /// <summary>Unix milliseconds, year 1 to 9999; null when absent.</summary>
    public long? TimestampMs { get; internal set; }

    /// <summary>Empty when absent.</summary>
    public ReadOnlySpan<byte> Unit { get; internal set; }

    internal JsonValues Values { get; set; }

    /// <summary>All values, one or several; each is known to be good.</summary>
    public readonly JsonValues EnumerateValues() => Values;

    /// <summary>The reason in words.</summary>
    public readonly string Reason() => JsonPointStatuses.ReasonOf(Status, ErrorAt);
}
