namespace MetricsGrains.Storage.Postgres;

/// <summary>PostgreSQL's timestamptz as it travels: microseconds since 2000, the ends of the range standing for infinity.</summary>
internal static class PgTime
{
    private const long EpochMs = 946_684_800_000;

    /// <summary>4713 BC and the year 294276: what a timestamptz can hold.</summary>
    private const long MinMs = -210_866_803_200_000;
    private const long MaxMs = 9_224_318_015_999_999 / 1000 * 1000;

    /// <summary>Times beyond what the type holds become infinite, so that ranges from the beginning to the end of time work.</summary>
    public static long FromUnixMs(long unixMs) =>
        unixMs < MinMs ? long.MinValue : unixMs >= MaxMs ? long.MaxValue : (unixMs - EpochMs) * 1_000;

    public static long ToUnixMs(long micros) =>
        micros is long.MinValue or long.MaxValue ? micros : (micros / 1_000) + EpochMs;
}
