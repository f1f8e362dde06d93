namespace MetricsGrains.Storage.Common;

/// <summary>A series as the writer knows it; the times are those in its row, which lag behind a little.</summary>
internal sealed class WrittenSeries
{
    public required long Id { get; init; }

    public long FirstSeenMs { get; set; }

    public long LastSeenMs { get; set; }
}
