namespace MetricsGrains.Core.Cluster;

/// <summary>Constants of the dispatch and its answer; docs/formats/dispatch.md draws them.</summary>
internal static class DispatchFormat
{
    public const byte Version = 1;

    public const byte FlagJoin = 1;

    public const byte FlagCaughtUp = 2;

    public static ReadOnlySpan<byte> Magic => "MGD"u8;
}
